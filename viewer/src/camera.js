// Turning, moving and coming nearer: by pointer and touch (OrbitControls), by key, and to a place in one go.

import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { Spherical, Vector3 } from "three";

const STEP = Math.PI / 18;
const NEARER = 1.2;
const TRAVEL_MS = 320;
const CLOSEST_MM = 8;

export class Viewpoint {
  constructor(scene, data) {
    this.scene = scene;
    this.camera = scene.camera;
    this.controls = new OrbitControls(this.camera, scene.canvas);
    this.radius = scene.size.length() / 2;
    Object.assign(this.controls, { enableDamping: false, zoomToCursor: true, rotateSpeed: 0.7, panSpeed: 0.8 });
    this.controls.minPolarAngle = Math.PI * 0.12;
    this.controls.maxPolarAngle = Math.PI * 0.88;
    if (data.source !== "scan") {
      // these surfaces are open at the back
      this.controls.minAzimuthAngle = -Math.PI * 0.56;
      this.controls.maxAzimuthAngle = Math.PI * 0.56;
    }
    this.controls.addEventListener("start", () => this.stop());
    this.controls.addEventListener("change", () => scene.draw());
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
  }

  // How far the whole is seen from: its height and width must both fit.
  whole() {
    const half = (this.camera.fov * Math.PI) / 360;
    const { x, y, z } = this.scene.size;
    const wide = Math.max(Math.hypot(x, z * 0.4) * 1.22 / Math.max(this.camera.aspect, 0.2), y * 1.06);
    const far = wide / 2 / Math.tan(half) + z / 2;
    this.controls.maxDistance = far * 2;
    this.camera.near = CLOSEST_MM / 4;
    this.camera.far = far * 2 + this.radius * 4;
    this.camera.updateProjectionMatrix();
    return far;
  }

  from(degrees, at_once = false) {
    const far = this.whole();
    const turn = (degrees * Math.PI) / 180;
    const way = new Vector3(Math.sin(turn), 0, Math.cos(turn));
    this.go(this.scene.middle.clone(), way.multiplyScalar(far), at_once);
  }

  to(view) {
    const far = this.whole();
    const distance = Math.min(far, Math.max(view.reach[0] * 5.2, this.radius * 0.6));
    const way = new Vector3(...view.normal);
    way.y *= 0.6;
    this.go(new Vector3(...view.middle), way.normalize().multiplyScalar(distance));
  }

  // Ends a movement under way; nobody goes through the skin, and near by it is turned about the place looked at.
  stop() {
    cancelAnimationFrame(this.travel);
    this.controls.minDistance = CLOSEST_MM;
    const hit = this.scene.inMiddle();
    if (!hit) return;
    const away = this.offset().length();
    if (hit.distance < this.radius * 2.2 && hit.distance > CLOSEST_MM) this.controls.target.copy(hit.point);
    else this.controls.minDistance = Math.max(away - hit.distance, 0) + CLOSEST_MM;
  }

  go(target, offset, at_once = false) {
    this.stop();
    this.controls.minDistance = CLOSEST_MM;
    const first = { target: this.controls.target.clone(), offset: this.offset() };
    const set = (part) => {
      this.controls.target.lerpVectors(first.target, target, part);
      const from = new Spherical().setFromVector3(first.offset);
      const to = new Spherical().setFromVector3(offset);
      const mix = (a, b) => a + (b - a) * part;
      const at = new Spherical(mix(from.radius, to.radius), mix(from.phi, to.phi), mix(from.theta, to.theta));
      this.camera.position.setFromSpherical(at).add(this.controls.target);
      this.controls.update();
      this.scene.draw();
    };
    if (at_once || this.still.matches) {
      set(1);
      return;
    }
    const start = performance.now();
    const step = (now) => {
      const part = Math.min(Math.max((now - start) / TRAVEL_MS, 0), 1);
      set(part * part * (3 - 2 * part));
      if (part < 1) this.travel = requestAnimationFrame(step);
    };
    this.travel = requestAnimationFrame(step);
  }

  offset() {
    return this.camera.position.clone().sub(this.controls.target);
  }

  turn(right, up) {
    this.stop();
    const at = new Spherical().setFromVector3(this.offset());
    at.theta += right * STEP;
    at.phi = Math.min(Math.max(at.phi + up * STEP, 0.05), Math.PI - 0.05);
    this.camera.position.setFromSpherical(at).add(this.controls.target);
    this.controls.update();
    this.scene.draw();
  }

  nearer(steps) {
    this.stop();
    const offset = this.offset().multiplyScalar(NEARER ** -steps);
    offset.clampLength(this.controls.minDistance, this.controls.maxDistance);
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.scene.draw();
  }
}
