// Drawings of the emoji that carry a state, so that they look the same on a machine without an emoji font.
// Each is a list of [tag, attributes] on a 24 × 24 field.

const hourglass = (upper, lower) => [
  ["path", { d: "M6 2h12v2H6zM6 20h12v2H6z", fill: "#8a6d3b" }],
  ["path", { d: "M7 4h10c0 4-3.5 6-3.5 8s3.5 4 3.5 8H7c0-4 3.5-6 3.5-8S7 8 7 4z", fill: "#cfe6f5" }],
  ["path", { d: upper, fill: "#e0a52b" }],
  ["path", { d: lower, fill: "#e0a52b" }],
];
const box = (fill) => ["rect", { x: 2, y: 2, width: 20, height: 20, rx: 4, fill }];
const stroke = (d, color = "#fff", width = 3) =>
  ["path", { d, fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" }];

export const GLYPHS = {
  "⏳": hourglass("M8.2 7.5h7.6c-.8 2-2.6 3.4-3.2 4.5h-1.2c-.6-1.1-2.4-2.5-3.2-4.5z", "M8 20c.3-2 2-3.5 4-3.5s3.7 1.5 4 3.5z"),
  "⌛": hourglass("M11.4 12h1.2V17h-1.2z", "M7.3 20c.4-3.5 2.4-5.5 4.7-5.5s4.3 2 4.7 5.5z"),
  "✅": [box("#2e9e5b"), stroke("M7 12.5 10.7 16.2 17.3 8.5")],
  "⚠": [
    ["path", { d: "M12 2.5c.8 0 1.4.4 1.8 1.1l8.4 15c.8 1.4-.2 3-1.8 3H3.6c-1.6 0-2.6-1.6-1.8-3l8.4-15c.4-.7 1-1.1 1.8-1.1z", fill: "#f2b21b" }],
    stroke("M12 9v5.5", "#3d2c00", 2.4),
    ["circle", { cx: 12, cy: 18, r: 1.5, fill: "#3d2c00" }],
  ],
  "🚫": [["circle", { cx: 12, cy: 12, r: 8.7, fill: "none", stroke: "#d7263d", "stroke-width": 2.8 }], stroke("M6 6l12 12", "#d7263d", 2.8)],
  "🚀": [
    ["path", { d: "M14 3c3-1.2 5.7-1 7-.9.1 1.3.3 4-.9 7-1 2.6-3.8 5.6-7 7.6l-5.8-5.8C9.3 7.7 11.4 4.1 14 3z", fill: "#7f93b2" }],
    ["circle", { cx: 15.5, cy: 8.5, r: 2.1, fill: "#fff", stroke: "#4a5d7c", "stroke-width": 1 }],
    ["path", { d: "M8.5 9.5 4 10.5l-2 3.5 4.5-.5zM14.5 15.5l-1 4.5-3.5 2 .5-4.5z", fill: "#d7263d" }],
    ["path", { d: "M7 14c-2.5.5-4 2.5-4.5 7.5C7.5 21 9.5 19.5 10 17z", fill: "#f2921b" }],
  ],
  "❌": [stroke("M5 5l14 14M19 5 5 19", "#d7263d", 4)],
  "↩": [box("#4a7fb5"), stroke("M9.5 6.5 6 10l3.5 3.5M6.5 10H14a3.7 3.7 0 0 1 0 7.5h-3", "#fff", 2.3)],
  "🔴": [["circle", { cx: 12, cy: 12, r: 9.5, fill: "#d7263d" }]],
  "🔒": [
    ["path", { d: "M7.5 11V7.5a4.5 4.5 0 0 1 9 0V11", fill: "none", stroke: "#8d99ab", "stroke-width": 2.4 }],
    ["rect", { x: 4.5, y: 10, width: 15, height: 11.5, rx: 2.5, fill: "#e0a52b" }],
    ["path", { d: "M12 14a1.5 1.5 0 0 1 .8 2.8V19h-1.6v-2.2A1.5 1.5 0 0 1 12 14z", fill: "#4d3500" }],
  ],
  "⚪": [["circle", { cx: 12, cy: 12, r: 9, fill: "#e8ebef", stroke: "#a9b2be", "stroke-width": 1.6 }]],
  "❄": [stroke("M12 2.5v19M3.8 7.2l16.4 9.6M20.2 7.2 3.8 16.8M9.5 4 12 6.5 14.5 4M9.5 20l2.5-2.5 2.5 2.5M3.8 11l3.4-1-.9-3.4M20.2 13l-3.4 1 .9 3.4M20.2 11l-3.4-1 .9-3.4M3.8 13l3.4 1-.9 3.4", "#3fa3dd", 1.7)],
  "⏭": [box("#4a7fb5"), ["path", { d: "M5.5 7l6 5-6 5zM11 7l6 5-6 5zM17 7h2v10h-2z", fill: "#fff" }]],
  "↻": [box("#4a7fb5"), stroke("M16.5 9.2A5.5 5.5 0 1 0 17.5 13M17 5.5v4h-4", "#fff", 2.3)],
  "🔎": [stroke("M9.5 14.5 3.5 20.5", "#8a6d3b", 3.5), ["circle", { cx: 14, cy: 9.5, r: 6.3, fill: "#cfe6f5", stroke: "#66758a", "stroke-width": 2.2 }]],
  "🎉": [["path", { d: "M3 21 8 8l8 8z", fill: "#e0a52b" }], stroke("M13 6l1-3M17 10l4-1.5M14.5 9.5 18.5 5", "#d7263d", 2), stroke("M19 14l2 1M9.5 4.5 8.5 3", "#4a7fb5", 2)],
  "👀": [
    ["ellipse", { cx: 7, cy: 12, rx: 5, ry: 7, fill: "#fff", stroke: "#66758a", "stroke-width": 1.5 }],
    ["ellipse", { cx: 17, cy: 12, rx: 5, ry: 7, fill: "#fff", stroke: "#66758a", "stroke-width": 1.5 }],
    ["circle", { cx: 8.3, cy: 13.5, r: 2.3, fill: "#222" }],
    ["circle", { cx: 18.3, cy: 13.5, r: 2.3, fill: "#222" }],
  ],
};
