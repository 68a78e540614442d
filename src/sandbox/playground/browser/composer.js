import { act, busyWhile, here, me } from './talk.js';

const form = document.getElementById('composer');
const box = document.getElementById('composer-text');
const list = document.getElementById('hints');
const attached = document.getElementById('attached');
const draftKey = `draft ${me} ${here}`;
let chosen = -1;

/** The commands that begin like what is typed, or the first words of the one that is typed whole. */
function hintsFor(text) {
  if (!text.startsWith('/') || text.includes('\n')) return [];
  const commands = JSON.parse(form.dataset.hints);
  const [command, ...rest] = text.split(' ');
  if (rest.length === 0) {
    const fits = commands.filter((each) => each.command.startsWith(command));
    return fits.map((each) => ({ label: each.command, usage: each.usage ?? '', about: each.description, put: `${each.command} ` }));
  }
  const exact = commands.find((each) => each.command === command);
  if (rest.length > 1) return [];
  const words = (exact?.words ?? []).filter((each) => each.word.startsWith(rest[0]) && each.word !== rest[0]);
  return words.map((each) => ({ label: `${command} ${each.word}`, usage: '', about: each.description, put: `${command} ${each.word} ` }));
}

function hintItem(hint, n) {
  const item = document.createElement('li');
  item.id = `hint-${n}`;
  item.setAttribute('role', 'option');
  item.setAttribute('aria-selected', String(n === chosen));
  item.dataset.put = hint.put;
  for (const [name, text] of [
    ['strong', hint.label],
    ['code', hint.usage],
    ['span', hint.about],
  ]) {
    const part = document.createElement(name);
    part.textContent = text;
    if (text !== '') item.append(part, ' ');
  }
  return item;
}

function showHints() {
  const hints = hintsFor(box.value);
  chosen = Math.min(chosen, hints.length - 1);
  list.replaceChildren(...hints.map(hintItem));
  list.hidden = hints.length === 0;
  box.setAttribute('aria-expanded', String(hints.length > 0));
  if (chosen >= 0) box.setAttribute('aria-activedescendant', `hint-${chosen}`);
  else box.removeAttribute('aria-activedescendant');
  list.children[chosen]?.scrollIntoView({ block: 'nearest' });
}

function hideHints() {
  list.hidden = true;
  box.setAttribute('aria-expanded', 'false');
}

function takeHint(item) {
  box.value = item.dataset.put;
  chosen = -1;
  typed();
  box.focus();
}

function typed() {
  box.style.height = 'auto';
  box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
  sessionStorage.setItem(draftKey, box.value);
  showHints();
}

async function send() {
  const text = box.value.trim();
  const files = [...attached.querySelectorAll('[data-file]')].map((item) => item.dataset.file);
  if (text === '' && files.length === 0) return;
  const draft = box.value;
  box.value = '';
  attached.replaceChildren();
  chosen = -1;
  typed();
  const answer = await busyWhile(form, () => act('say', { channel: here, text, ...(files.length > 0 ? { files } : {}) }));
  if (answer === undefined && box.value === '') {
    box.value = draft;
    typed();
  }
}

function onKey(event) {
  const open = !list.hidden;
  if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    chosen = (chosen + step + list.children.length) % list.children.length;
    showHints();
  } else if (open && (event.key === 'Tab' || (event.key === 'Enter' && chosen >= 0))) {
    event.preventDefault();
    takeHint(list.children[Math.max(0, chosen)]);
  } else if (open && event.key === 'Escape') {
    hideHints();
  } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    void send();
  }
}

/** The box to write in: Enter sends, a slash shows the commands, files can be pasted; a draft outlives going elsewhere and back. */
export function watchComposer() {
  if (form === null) return;
  box.value = sessionStorage.getItem(draftKey) ?? '';
  typed();
  list.hidden = true;
  box.addEventListener('input', typed);
  box.addEventListener('keydown', onKey);
  box.addEventListener('blur', () => setTimeout(hideHints, 150));
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const item = event.target.closest('[role=option]');
    if (item !== null) takeHint(item);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  if (matchMedia('(hover: hover)').matches && document.querySelector('dialog[open]') === null) box.focus({ preventScroll: true });
}
