// Progressive enhancement only: every page works with this file absent.
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const composing = (e) => e.isComposing || e.keyCode === 229;          // never steal keys from the Chinese IME
  const typing = (e) => composing(e) || e.target.isContentEditable
    || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.nodeName) && !/^(checkbox|radio)$/.test(e.target.type);
  const keysOn = () => document.documentElement.dataset.keys !== 'off'; // WCAG 2.1.4: user setting
  const say = (text) => { const s = $('#said'); if (s) { s.textContent = ''; s.textContent = text; } };
  document.documentElement.classList.add('has-js');

  // ---- toasts: stay while hovered or focused, otherwise 10 s (undo needs time)
  const arm = (t) => {
    let k; const go = () => { k = setTimeout(() => t.remove(), 10000); };
    t.onmouseenter = t.onfocusin = () => clearTimeout(k); t.onmouseleave = t.onfocusout = go; go();
  };
  const toast = (text) => {
    const box = $('.toasts'); if (!box) return;
    const t = document.createElement('div'); t.className = 'toast danger'; t.textContent = text; box.append(t); arm(t);
  };
  $$('.toast').forEach(arm);
  const focused = (e) => { if (e) { if (!e.matches('a,button,input,select,textarea,summary,[tabindex]')) e.tabIndex = -1; e.focus(); } };
  $$('.tabs a[aria-current]').forEach((a) => { a.parentNode.scrollLeft = a.offsetLeft - 40; }); // on a telephone it may be beyond the edge
  $$('.side [aria-current]').forEach((a) => a.scrollIntoView({ block: 'nearest' })); // the menu of an administrator is longer than a window

  // ---- dialogs: <dialog id=dlg> opens when htmx fills it
  const opened = (t) => {
    if (!t) return;
    if (t.nodeName === 'DIALOG' && t.firstElementChild) {
      const first_time = !t.open; if (first_time) t.showModal();
      if (matchMedia('(hover:hover)').matches && (first_time || document.activeElement === document.body)) { // on glass a keyboard would cover it
        const first = $('form :is(input:not([type=hidden]),select,textarea)', t);
        (first?.type === 'radio' && first.form.querySelector(`[name="${first.name}"]:checked`) || first)?.focus();
      }
    }
    const bad = $('.errsum', t) || $('[aria-invalid=true]', t); if (bad) bad.focus();
  };
  document.addEventListener('htmx:afterSwap', (e) => enhance(e.target));
  document.addEventListener('htmx:afterSettle', (e) => { opened(e.target); held(e.target); }); // not before htmx listens: what is typed at once is kept too

  // ---- what had the focus is replaced: the same control of the new piece has it, else the piece itself
  let had = null;
  const named = (x) => x.getAttribute('aria-label') || x.textContent.trim();
  document.addEventListener('htmx:beforeSwap', (e) => { const x = document.activeElement; had = e.detail.target.contains(x) && x !== e.detail.target ? [x.nodeName, named(x)] : null; });
  const held = (t) => {
    const was = had; had = null;
    if (was && t && document.activeElement === document.body) focused($$(was[0], t).find((x) => named(x) === was[1]) || t);
  };
  document.addEventListener('htmx:after:swap', (e) => { const t = e.detail?.ctx?.target || e.target; enhance(t); opened(t); }); // htmx 4 name
  const ANSWERS = { 401: '登录已过期。在新窗口登录后再办理，本页内容仍在。', 403: '这次没有办理。重新打开页面后再提交。', 404: '没有找到，或无权查看。', 413: '文件过大，每个不超过 20 MB。', 429: '操作过于频繁，稍等片刻再试。' };
  document.addEventListener('htmx:responseError', (e) => {
    const status = e.detail.xhr?.status;
    if (status >= 502 && status <= 504) return cut(e);
    toast(ANSWERS[status] || '没有办成，已填写的内容仍在本页。稍后再试。');
  });
  document.addEventListener('click', (e) => {
    const c = e.target.closest('[data-close]'), d = c?.closest('dialog'); if (d) { e.preventDefault(); d.close(); }
    if (e.target.nodeName === 'DIALOG' && !$('form', e.target)) e.target.close();
    if (e.target.closest('[data-palette]')) { e.preventDefault(); palette(); }
    const dr = e.target.closest('[data-drawer]') && $('#drawer');
    if (dr) { $('.body', dr).replaceChildren(...$$('.side > .nav, .side > .me').map((x) => x.cloneNode(true))); dr.showModal(); }
  });

  // ---- out of reach: what was typed stays on the page; drafts are sent again by themselves, all else when asked
  const bar = $('#offline'), lost = new Map(); let reached = false, wait = 0, timer;
  const shout = () => { if (bar) { ($('dialog[open]') || document.body).prepend(bar); bar.hidden = false; } };  // behind an open dialog nothing can be pressed
  const lose = (what, again) => { lost.set(what, again); shout(); watch(); };
  const cut = (e) => {
    const { verb, path } = e.detail.requestConfig, what = e.detail.elt;
    if (pal?.contains(what)) { shout(); return watch(); }
    lose(what, () => htmx.ajax(verb, path, { source: what }));
  };
  const resend = (all) => lost.forEach((again, what) => {
    if (!all && what.matches('form,a,button')) return;
    lost.delete(what); if (what.isConnected) again();
  });
  const recover = async (all) => {
    try { if (!(await fetch('/health', { cache: 'no-store' })).ok) return false; } catch { return false; }
    clearTimeout(timer); wait = 0; reached = true; bar.hidden = true; document.body.prepend(bar); resend(all); say('网络已恢复'); return true;
  };
  const watch = () => {
    clearTimeout(timer); wait = Math.min(wait * 2 || 5000, 60000);
    timer = setTimeout(async () => { if (!await recover(false)) watch(); }, wait * (.75 + Math.random() / 2));
  };
  const away = () => !navigator.onLine && !reached;
  addEventListener('offline', () => { reached = false; shout(); });
  document.addEventListener('close', () => bar && document.body.prepend(bar), true);
  addEventListener('online', () => bar && !bar.hidden && recover(false));
  document.addEventListener('htmx:sendError', cut);
  document.addEventListener('submit', (e) => {
    if (!away() || e.defaultPrevented) return;
    const f = e.target, by = e.submitter; e.preventDefault(); lose(f, () => f.requestSubmit(by));
  });
  document.addEventListener('click', async (e) => {
    if (e.target.closest('[data-retry]') && !await recover(true)) say('网络仍未恢复');
    const a = e.target.closest('a[href]:not([data-close])');
    if (!a || !away() || e.defaultPrevented || a.origin !== location.origin || a.getAttribute('href').startsWith('#')) return;
    e.preventDefault(); lose(a, () => location.assign(a.href));
  });

  // ---- command palette
  const pal = $('#palette');
  const palette = () => {
    if (!pal || pal.open) return;
    const shown = beside && !beside.hidden && $('tr.row.shown a.t'), i = $('input', pal);
    $('#pal-at').value = shown ? shown.pathname : location.pathname; $('#pal-res').textContent = '';
    pal.showModal(); i.select(); i.dispatchEvent(new Event('ask'));
  };
  const fresh = () => $('[data-q]', pal)?.dataset.q === $('input', pal).value;   // the answer is to what stands there now
  let chosen = false;                                                           // Enter came before the answer
  const open = () => { chosen = false; options()[Math.max(cur(), 0)]?.click(); };
  const options = () => $$('[role=option]', pal);
  const mark = (n) => {
    const o = options(); if (!o.length) return;
    o.forEach((x) => x.setAttribute('aria-selected', 'false'));
    const k = o[(n + o.length) % o.length]; k.setAttribute('aria-selected', 'true'); k.scrollIntoView({ block: 'nearest' });
    $('input', pal).setAttribute('aria-activedescendant', k.id);
  };
  const cur = () => options().findIndex((x) => x.getAttribute('aria-selected') === 'true');
  pal?.addEventListener('keydown', (e) => {
    if (composing(e)) return;
    if (e.key === 'Escape') { e.preventDefault(); pal.close(); }                 // not first empty the field, as browsers do
    if (e.key === 'ArrowDown') { e.preventDefault(); mark(cur() + 1); }
    if (e.key === 'ArrowUp') { e.preventDefault(); mark(cur() - 1); }
    if (e.key === 'Enter') { e.preventDefault(); if (fresh()) open(); else chosen = true; }
  });
  pal?.addEventListener('input', () => { chosen = false; });
  pal?.addEventListener('htmx:afterSwap', () => { if (chosen && fresh()) open(); });

  // ---- shortcuts
  const seq = { k: '', t: 0 }, go = { gt: '/todo' };
  document.addEventListener('keydown', (e) => {
    if (composing(e)) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); return palette(); }
    if (!keysOn() || typing(e) || e.ctrlKey || e.metaKey || e.altKey || $('dialog[open]')) return;
    const now = Date.now(); seq.k = now - seq.t < 1000 ? (seq.k + e.key).slice(-2) : e.key; seq.t = now;
    if (go[seq.k]) return location.assign(go[seq.k]);
    if (e.key === '?') return $('#keys')?.showModal();
    if (e.key === '/') { const f = $('.filters input[type=search]'); if (f) { e.preventDefault(); f.focus(); } return; }
    const rows = $$('tr.row'); if (!rows.length) return;
    const at = rows.findIndex((r) => r.contains(document.activeElement));
    if (e.key === 'j' || e.key === 'k') $('a.t', rows[Math.min(rows.length - 1, Math.max(0, at + (e.key === 'j' ? 1 : -1)))])?.focus();
    if (e.key === 'x' && at >= 0) { const c = $('input[type=checkbox]', rows[at]); if (c) { c.checked = !c.checked; c.dispatchEvent(new Event('change', { bubbles: true })); } }
  });

  // ---- bulk selection
  const count = () => {
    const all = $('[data-all]'), boxes = $$('input[name=ids]'), n = boxes.filter((c) => c.checked).length, b = $('.bulk');
    $$('tr.row').forEach((r) => r.classList.toggle('sel', !!$('input[name=ids]:checked', r)));
    if (b) { b.hidden = !n; const t = $('[data-n]', b); if (t) t.textContent = n; }
    if (all) { all.indeterminate = n > 0 && n < boxes.length; all.checked = n > 0 && !all.indeterminate; }
  };
  document.addEventListener('change', (e) => {
    if (e.target.matches('[data-all]')) $$('input[name=ids]').forEach((c) => { c.checked = e.target.checked; });
    if (e.target.matches('[data-all],input[name=ids]')) count();
  });

  // ---- a long list of choices: narrowed by typing, ticked all at once as far as it is shown
  const told = (f) => { $('[role=status]', f).textContent = `已选 ${$$('.choices input:checked', f).length} 项`; };
  document.addEventListener('input', (e) => {
    const f = e.target.closest('fieldset.long'); if (!f) return;
    const shown = $$('.choices .tick:not([hidden]) input', f);
    if (e.target.matches('[data-every]')) shown.forEach((c) => { c.checked = e.target.checked; });
    if (e.target.matches('[data-narrow]')) { const w = e.target.value.trim().toLowerCase(); $$('.choices .tick', f).forEach((t) => { t.hidden = !t.textContent.toLowerCase().includes(w); }); }
    told(f);
  });
  document.addEventListener('keydown', (e) => { if (e.key === 'Enter' && e.target.matches('[data-narrow]')) e.preventDefault(); });

  // ---- a case beside its list, where the window is wide enough for both; else the link leads to its page
  const beside = $('#beside'), WIDE = matchMedia('(min-width:1280px)');
  const shut = () => {
    if (!beside || beside.hidden) return;
    const row = $('tr.row.shown'); beside.hidden = true; beside.textContent = ''; beside.parentElement.classList.remove('open');
    row?.classList.remove('shown'); $('a.t', row || document)?.focus();
  };
  document.addEventListener('click', (e) => {
    if (e.target.closest('[data-beside-close]')) return shut();
    if (e.target.closest('[data-print]')) return print();
    const a = e.target.closest('a[data-beside]');
    if (!a || !beside || !window.htmx || !WIDE.matches || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    if (!beside.hidden && a.closest('tr.shown')) return $('a,button', beside)?.focus();   // pressed again: over to the case
    $$('tr.row.shown').forEach((r) => r.classList.remove('shown')); a.closest('tr').classList.add('shown');
    htmx.ajax('GET', a.dataset.beside, { target: '#beside', swap: 'innerHTML' }).then(() => {
      beside.hidden = !beside.firstElementChild; beside.parentElement.classList.toggle('open', !beside.hidden); beside.scrollTop = 0;
    });
  });
  document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && !$('dialog[open]') && !typing(e)) shut(); });

  // ---- a menu is left by Escape and by walking on
  document.addEventListener('keydown', (e) => {
    const m = e.key === 'Escape' && e.target.closest?.('details.menu[open]'); if (m) { m.open = false; $('summary', m).focus(); }
  });
  document.addEventListener('focusout', (e) => { const m = e.target.closest('details.menu[open]'); if (m && e.relatedTarget && !m.contains(e.relatedTarget)) m.open = false; });

  // ---- copy
  document.addEventListener('click', async (e) => {
    const c = e.target.closest('[data-copy]'); if (!c) return;
    try { await navigator.clipboard.writeText(c.dataset.copy); say('已复制 ' + c.dataset.copy); } catch { say('未能复制'); }
  });

  // ---- repeatable rows: spare rows wait hidden, the button shows the next before it asks the server
  const enhance = (root) => {
    $$('fieldset.rows', root).forEach((f) => $$('.rowbox.spare', f).forEach((r) => { r.hidden = true; }));
    $$('textarea[data-max]', root).forEach(counter);
    count();
  };
  document.addEventListener('click', (e) => {
    const b = e.target.closest('button[name=_add]'), f = b?.closest('fieldset.rows'); if (!f) return;
    const next = $('.rowbox[hidden]', f) || clone(f); if (!next) return;
    e.preventDefault(); next.hidden = false; $('input,select,textarea', next)?.focus();
  });
  document.addEventListener('keydown', (e) => {                     // Enter looks a number up; elsewhere it presses no button by chance
    if (e.key !== 'Enter' || e.isComposing || !e.target.matches('input.input') || !e.target.form?.querySelector('button[name=_lookup]')) return;
    e.preventDefault(); $('button[name=_lookup]', e.target.parentElement)?.click();
  });
  const clone = (f) => {
    const rows = $$('.rowbox', f), last = rows[rows.length - 1]; if (!last) return null;
    const from = last.dataset.row, to = String(Number(from) + 1), name = f.dataset.rows, copy = last.cloneNode(true);
    const renamed = (v) => v.replace(`${name}-${from}-`, `${name}-${to}-`);
    $$('[name],[id],[for],[aria-describedby]', copy).forEach((x) => ['name', 'id', 'for', 'aria-describedby'].forEach((a) => { if (x.hasAttribute(a)) x.setAttribute(a, renamed(x.getAttribute(a))); }));
    $$('input:not([type=checkbox]):not([type=radio]),textarea', copy).forEach((x) => { x.value = ''; });
    $$('input:checked', copy).forEach((x) => { x.checked = false; }); $$('select', copy).forEach((x) => { x.selectedIndex = 0; });
    $$('button[name=_lookup]', copy).forEach((x) => { x.value = renamed(x.value); });
    $$('[name$="-use_known"]', copy).forEach((x) => x.closest('.field').remove()); $$('.field:has(.lookup) .hint', copy).forEach((x) => x.remove());
    $$('[aria-invalid]', copy).forEach((x) => x.removeAttribute('aria-invalid')); $$('.err', copy).forEach((x) => x.remove());
    copy.dataset.row = to; const no = $('.rowno', copy); if (no) no.textContent = rows.length + 1; last.after(copy); return copy;
  };

  // ---- a row of another kind asks other things: what it does not ask waits under 更多信息
  document.addEventListener('change', (e) => {
    const box = /-kind$/.test(e.target.name || '') && e.target.closest('.rowbox'), fold = box && $('.morefields', box); if (!fold) return;
    $$('[data-only]', box).forEach((x) => x.dataset.only === e.target.value ? fold.before(x) : $('.in', fold).prepend(x));
  });

  // ---- long texts say how much room is left, near the end only
  const counter = (t) => {
    if (t.dataset.counted) return; t.dataset.counted = '1';
    const max = Number(t.dataset.max), hint = document.createElement('span'); hint.className = 'hint'; hint.hidden = true; t.after(hint);
    t.addEventListener('input', () => { const left = max - t.value.length; hint.hidden = left > max * .1; hint.textContent = left >= 0 ? `还可写 ${left} 字` : `超出 ${-left} 字`; });
  };

  // ---- drafts: a form with data-draft keeps what was typed in this browser tab until it is sent
  const draft = (f) => `draft:${location.pathname}:${f.dataset.draft}`;
  document.addEventListener('input', (e) => {
    const f = e.target.closest('form[data-draft]'); if (!f) return;
    clearTimeout(f.keep); f.keep = setTimeout(() => {
      const kept = {}; new FormData(f).forEach((v, k) => { if (typeof v === 'string' && !k.startsWith('_')) kept[k] = v; });
      sessionStorage.setItem(draft(f), JSON.stringify(kept)); const s = $('.saved', f); if (s) s.textContent = '草稿已保存 ' + new Date().toTimeString().slice(0, 5);
    }, 800);
  });
  document.addEventListener('submit', (e) => { const f = e.target.closest('form[data-draft]'); if (f && navigator.onLine) { clearTimeout(f.keep); sessionStorage.removeItem(draft(f)); } });
  $$('form[data-draft]').forEach((f) => {
    const kept = JSON.parse(sessionStorage.getItem(draft(f)) || 'null'); if (!kept || $('.errsum', f)) return;
    Object.entries(kept).forEach(([k, v]) => { const x = f.elements[k]; if (x && 'value' in x && x.type !== 'hidden' && !x.value) x.value = v; });
  });

  // ---- a code that is complete needs no button; its hint says so
  document.addEventListener('input', (e) => {
    const n = Number(e.target.dataset?.enough); if (n && e.target.value.replace(/\D/g, '').length === n) e.target.form.requestSubmit?.();
  });

  // ---- a form is sent once: a second press waits for the answer
  document.addEventListener('submit', (e) => {
    const f = e.target; if (f.method !== 'post' || e.defaultPrevented) return;
    if (f.dataset.sent) { e.preventDefault(); return; }
    f.dataset.sent = '1'; setTimeout(() => { delete f.dataset.sent; }, 5000);
  });
  document.addEventListener('htmx:afterRequest', (e) => { const f = e.target.closest?.('form'); if (f) delete f.dataset.sent; });
  addEventListener('pageshow', () => $$('form[data-sent]').forEach((f) => { delete f.dataset.sent; }));

  enhance(document);
  // ---- where the page begins: at what was refused, at what can be taken back while there is time, at the place one comes back to
  const at = document.getElementById(location.hash.slice(1));
  const begin = $('main .errsum') || $('.toast form')?.parentElement;
  if (begin) focused(begin); else if (at?.matches('tr.row')) requestAnimationFrame(() => focused($('a.t', at)));   // after the browser went to the row itself
  if (at?.matches('textarea')) at.setSelectionRange(at.value.length, at.value.length);
  if (document.activeElement !== document.body) document.activeElement.scrollIntoView({ block: 'nearest' });   // spare rows above it are hidden now
})();
