/* The signing pad: what a pen, a finger or a mouse writes, as whole numbers on a pad of 1000 by 320, with milliseconds
   since the first touch and pressure in thousandths. Without this script the page offers the printed signing page. */
(() => {
  'use strict';
  const box = document.querySelector('[data-pad]'); if (!box) return;
  const canvas = box.querySelector('canvas'), field = box.querySelector('input[name=strokes]'), ink = canvas.getContext('2d');
  const WIDE = 1000, HIGH = 320, whole = (n, most) => Math.max(0, Math.min(most, Math.round(n)));
  let strokes = [], writing = null, since = null;
  try { strokes = JSON.parse(field.value || '[]'); } catch { strokes = []; }
  if (strokes.length) since = performance.now() - strokes.at(-1).at(-1)[2];

  const point = (e) => {
    const r = canvas.getBoundingClientRect();
    return [whole((e.clientX - r.left) / r.width * WIDE, WIDE), whole((e.clientY - r.top) / r.height * HIGH, HIGH),
      whole(e.timeStamp - since, 600000), whole((e.pressure || .5) * 1000, 1000)];
  };
  const draw = () => {
    const r = canvas.getBoundingClientRect(), scale = devicePixelRatio || 1;
    canvas.width = r.width * scale; canvas.height = r.height * scale;
    ink.setTransform(canvas.width / WIDE, 0, 0, canvas.height / HIGH, 0, 0);
    ink.lineCap = ink.lineJoin = 'round'; ink.strokeStyle = '#000';
    for (const s of strokes) line(s);
  };
  const line = (s) => {
    ink.lineWidth = 5 + 4 * s.reduce((sum, p) => sum + p[3], 0) / s.length / 1000;
    ink.beginPath(); ink.moveTo(s[0][0], s[0][1]);
    for (let i = 1; i < s.length; i++) ink.quadraticCurveTo(s[i - 1][0], s[i - 1][1], (s[i - 1][0] + s[i][0]) / 2, (s[i - 1][1] + s[i][1]) / 2);
    ink.lineTo(s.at(-1)[0], s.at(-1)[1]); ink.stroke();
  };
  const keep = () => { field.value = strokes.length ? JSON.stringify(strokes) : ''; box.classList.toggle('written', strokes.length > 0); };
  const end = () => { if (writing) { writing = null; keep(); } };

  canvas.addEventListener('pointerdown', (e) => {
    if (e.button || writing) return;
    e.preventDefault(); canvas.setPointerCapture(e.pointerId);
    if (since === null) since = e.timeStamp;
    writing = [point(e)]; strokes.push(writing);
  });
  canvas.addEventListener('pointermove', (e) => {
    if (!writing) return;
    const all = e.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [e]) {
      const p = point(one), last = writing.at(-1);
      if (p[2] >= last[2] && (p[0] !== last[0] || p[1] !== last[1])) writing.push(p);
    }
    draw();
  });
  for (const over of ['pointerup', 'pointercancel', 'lostpointercapture']) canvas.addEventListener(over, end);
  const clear = () => { strokes = []; writing = since = null; keep(); draw(); };
  box.querySelector('[data-clear]').addEventListener('click', clear);
  document.querySelector('select[name=signer]')?.addEventListener('change', clear);   // another hand, another signature
  addEventListener('resize', draw);
  keep(); draw();
})();
