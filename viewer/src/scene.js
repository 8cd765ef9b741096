// The skin, the borders of its zones and the punctures: three draw calls, made only when something has changed.

import {
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  GLSL3,
  LineSegments,
  Mesh,
  PerspectiveCamera,
  Points,
  RawShaderMaterial,
  Raycaster,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { rgb, unpacked } from "./data.js";
import * as shaders from "./shaders.js";

const NOWHERE = 255;
const LEAST_PX = 2.1;
const SLOW_MS = 60;
const FEWEST = 15_000;
const BY_SOFTWARE = 50_000;

export class SkinScene {
  constructor(canvas, data) {
    this.canvas = canvas;
    this.data = data;
    this.software = drawnBySoftware();
    const kind = { antialias: !this.software, powerPreference: "low-power", preserveDrawingBuffer: true };
    this.renderer = new WebGLRenderer({ canvas, ...kind });
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(26, 1, 1, 4000);
    this.size = new Vector3(...data.box.size);
    this.low = new Vector3(...data.box.low);
    this.middle = this.size.clone().multiplyScalar(0.5).add(this.low);
    this.frames = 0;
    this.most = this.software ? BY_SOFTWARE : Infinity;
    this.range = [0, 0];
    this.slices = {};
    this.slice = 0;
    this.slow = 0;
    this.after = [];
    this.addSkin();
    this.addBorders();
    this.addDots();
  }

  material(vertexShader, fragmentShader, uniforms, more = {}) {
    return new RawShaderMaterial({ glslVersion: GLSL3, vertexShader, fragmentShader, uniforms, ...more });
  }

  placed(object, order) {
    object.scale.copy(this.size);
    object.position.copy(this.low);
    object.frustumCulled = false;
    object.renderOrder = order;
    this.scene.add(object);
    return object;
  }

  addSkin() {
    const { mesh } = this.data;
    const geometry = new BufferGeometry();
    this.zoneOf = unpacked(mesh.zone, Uint8Array);
    geometry.setAttribute("position", new BufferAttribute(unpacked(mesh.position, Uint16Array), 3, true));
    geometry.setAttribute("normal", new BufferAttribute(unpacked(mesh.normal, Int8Array), 3, true));
    this.colours = new BufferAttribute(new Uint8Array(this.zoneOf.length * 3), 3, true);
    geometry.setAttribute("colour", this.colours);
    geometry.setIndex(new BufferAttribute(unpacked(mesh.index, Uint32Array), 1));
    const material = this.material(shaders.SKIN_VERTEX, shaders.SKIN_FRAGMENT, {}, { side: DoubleSide });
    this.skin = this.placed(new Mesh(geometry, material), 0);
  }

  addBorders() {
    const geometry = new BufferGeometry();
    const position = unpacked(this.data.mesh.border, Uint16Array);
    geometry.setAttribute("position", new BufferAttribute(position, 3, true));
    this.line = { colour: { value: [0, 0, 0, 0.3] }, lift: { value: this.data.lift_mm * 0.7 } };
    const material = this.material(shaders.LINE_VERTEX, shaders.LINE_FRAGMENT, this.line, { transparent: true });
    material.depthWrite = false;
    this.borders = this.placed(new LineSegments(geometry, material), 1);
  }

  addDots() {
    const { dots, lift_mm: lift } = this.data;
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(unpacked(dots.position, Uint16Array), 3, true));
    geometry.setAttribute("tag", new BufferAttribute(unpacked(dots.tag, Uint8Array), 4));
    this.dot = {
      palette: { value: [] },
      faded: { value: [1, 1, 1] },
      lift: { value: lift },
      wide: { value: 1 },
      least: { value: LEAST_PX },
      chosen: { value: -1 },
    };
    const material = this.material(shaders.DOT_VERTEX, shaders.DOT_FRAGMENT, this.dot, { transparent: true });
    material.depthWrite = false;
    this.dots = this.placed(new Points(geometry, material), 2);
  }

  // ---- what is shown

  paint(colours, chosen) {
    const own = colours.zones.map(rgb);
    const bare = rgb(colours.bare);
    const strong = rgb(colours.chosen);
    const array = this.colours.array;
    this.zoneOf.forEach((zone, at) => array.set(zone === NOWHERE ? bare : zone === chosen ? strong : own[zone], at * 3));
    this.colours.needsUpdate = true;
    const unit = (colour) => new Vector3(...rgb(colour).map((part) => part / 255));
    const sessions = colours.sessions.map(unit);
    this.dot.palette.value = Array.from({ length: 16 }, (_, at) => sessions[at % sessions.length]);
    this.dot.faded.value = unit(colours.bare);
    this.dot.chosen.value = chosen === null ? -1 : chosen;
    this.line.colour.value = colours.line;
    this.renderer.setClearColor(parseInt(colours.ground.slice(1), 16), 1);
    this.draw();
  }

  show(session, together) {
    const { ends } = this.data.dots;
    const start = together || session === 0 ? 0 : ends[session - 1];
    this.range = [start, ends[session] - start];
    this.canvas.dataset.first = start;
    this.canvas.dataset.dots = this.range[1];
    this.slices = {};
    this.draw();
  }

  // ---- drawing

  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height) return;
    this.width = width;
    this.height = height;
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.renderer.setSize(width, height, false);
    const ratio = Math.min(window.devicePixelRatio || 1, this.software ? 1 : 2);
    this.renderer.setPixelRatio(ratio);
    this.dot.least.value = LEAST_PX * ratio;
    this.dot.wide.value = (this.data.diameter_mm * height * ratio * this.camera.projectionMatrix.elements[5]) / 2;
    this.draw();
  }

  // A picture of many dots is made in several frames, each with a slice of them, so that no frame takes long: whatever
  // changes meanwhile begins a new picture, and one that is left in peace is complete a moment later.
  draw() {
    this.slice = 0;
    if (this.waiting || !this.width) return;
    this.waiting = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.adapt(now);
    const of = 2 ** Math.max(0, Math.ceil(Math.log2(this.range[1] / this.most)));
    this.choose(this.slice, of);
    this.renderer.autoClear = this.slice === 0;
    this.skin.visible = this.borders.visible = this.slice === 0;
    this.renderer.render(this.scene, this.camera);
    this.frames += 1;
    this.canvas.dataset.frames = this.frames;
    if (this.slice === 0) for (const then of this.after) then();
    this.slice += 1;
    this.waiting = this.slice < of;
    if (this.waiting) requestAnimationFrame((next) => this.frame(next));
    else this.last = undefined;
  }

  // Which dots this frame draws: all, or those of one slice, picked without a pattern.
  choose(slice, of) {
    const { geometry } = this.dots;
    const [start, count] = this.range;
    if (of === 1) {
      geometry.setIndex(null);
      geometry.setDrawRange(start, count);
      return;
    }
    const index = (this.slices[`${slice}/${of}`] ??= new BufferAttribute(picked(start, count, slice, of), 1));
    geometry.setIndex(index);
    geometry.setDrawRange(0, index.count);
  }

  // Where frames that follow one another come slowly, the slices become smaller.
  adapt(now) {
    const took = now - (this.last ?? now);
    this.last = now;
    this.slow = took > SLOW_MS ? this.slow + 1 : 0;
    if (this.slow < 2 || this.most <= FEWEST) return;
    this.most = Math.max(Math.min(this.most, this.range[1]) / 2, FEWEST);
    this.slow = 0;
    this.slice = 0;
  }

  // ---- where things are

  hit(x, y) {
    const ray = new Raycaster();
    ray.setFromCamera(new Vector2(x, y), this.camera);
    return ray.intersectObject(this.skin)[0];
  }

  inMiddle() {
    this.camera.updateMatrixWorld();
    return this.hit(0, 0);
  }

  zoneAt(x, y) {
    const box = this.canvas.getBoundingClientRect();
    const hit = this.hit(((x - box.left) / box.width) * 2 - 1, 1 - ((y - box.top) / box.height) * 2);
    if (!hit) return undefined;
    const zone = this.zoneOf[hit.face.a];
    return zone === NOWHERE ? null : zone;
  }
}

function picked(start, count, slice, of) {
  const found = [];
  for (let at = start; at < start + count; at++) {
    if ((Math.imul(at, 2654435761) >>> 8) % of === slice) found.push(at);
  }
  return new Uint32Array(found);
}

function drawnBySoftware() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) throw new Error("no WebGL");
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  const name = told ? gl.getParameter(told.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
