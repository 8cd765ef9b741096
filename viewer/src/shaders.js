// Plain shaders, lit at the vertices: a processor without graphics hardware draws them too.

export const SKIN_VERTEX = `
in vec3 position;
in vec3 normal;
in vec3 colour;
uniform mat4 modelViewMatrix, projectionMatrix, viewMatrix;
out vec3 lit;
void main() {
  vec3 facing = mat3(viewMatrix) * normal;
  float front = max(dot(facing, vec3(0.0, 0.25, 0.97)), 0.0);
  float side = max(dot(facing, vec3(-0.6, 0.6, 0.5)), 0.0);
  lit = colour * (0.58 + 0.36 * front + 0.12 * side);
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

export const SKIN_FRAGMENT = `
precision mediump float;
in vec3 lit;
out vec4 pixel;
void main() {
  pixel = vec4(gl_FrontFacing ? lit : lit * 0.55, 1.0);
}`;

export const LINE_VERTEX = `
in vec3 position;
uniform mat4 modelViewMatrix, projectionMatrix;
uniform float lift;
void main() {
  vec4 at = modelViewMatrix * vec4(position, 1.0);
  at.xyz -= normalize(at.xyz) * lift;
  gl_Position = projectionMatrix * at;
}`;

export const LINE_FRAGMENT = `
precision mediump float;
uniform vec4 colour;
out vec4 pixel;
void main() {
  pixel = colour;
}`;

// A dot is as wide as the zone a puncture acts on, and never too small to be seen.
export const DOT_VERTEX = `
in vec3 position;
in vec4 tag;
uniform mat4 modelViewMatrix, projectionMatrix, viewMatrix;
uniform vec3 palette[16];
uniform vec3 faded;
uniform float lift, wide, least, chosen;
out vec4 tint;
vec3 facing(vec2 packed) {
  vec2 flat_ = packed / 127.5 - 1.0;
  vec3 way = vec3(flat_, 1.0 - abs(flat_.x) - abs(flat_.y));
  float under = max(-way.z, 0.0);
  way.xy -= vec2(way.x >= 0.0 ? under : -under, way.y >= 0.0 ? under : -under);
  return mat3(viewMatrix) * normalize(way);
}
void main() {
  vec4 at = modelViewMatrix * vec4(position, 1.0);
  if (dot(facing(tag.zw), at.xyz) > 0.0) {
    // on skin that faces away: nothing is drawn
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 1.0;
    tint = vec4(0.0);
    return;
  }
  float away = -at.z;
  at.xyz -= normalize(at.xyz) * lift;
  gl_Position = projectionMatrix * at;
  float size = wide / away;
  gl_PointSize = max(size, least);
  vec3 own = palette[int(tag.x) & 15];
  bool back = chosen >= 0.0 && tag.y != chosen;
  tint = vec4(back ? mix(own, faded, 0.72) : own, clamp(0.62 + 0.38 * size / least, 0.62, 1.0));
}`;

export const DOT_FRAGMENT = `
precision mediump float;
in vec4 tint;
out vec4 pixel;
void main() {
  vec2 from = gl_PointCoord * 2.0 - 1.0;
  float r = dot(from, from);
  if (r > 1.0) discard;
  pixel = vec4(tint.rgb, tint.a * (1.0 - smoothstep(0.72, 1.0, r)));
}`;
