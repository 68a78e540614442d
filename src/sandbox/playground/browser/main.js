import { watchComposer } from './composer.js';
import { watchControls } from './controls.js';
import { showTopForm, watchForms } from './dialogs.js';
import { fill } from './morph.js';
import { act, busyWhile, here, me } from './talk.js';

const scroll = document.getElementById('scroll');
const newest = document.getElementById('newest');
const NEAR_PX = 90;
let atBottom = true;
/** Heights when the newest message was last brought into sight. */
let settled = '';

const heights = () => `${scroll.scrollHeight}/${scroll.clientHeight}`;

function toBottom() {
  settled = heights();
  scroll.scrollTop = scroll.scrollHeight;
  newest.hidden = true;
}

/** Who reads the newest message keeps seeing the newest; who has scrolled up stays there and is told. */
function watchScroll() {
  if (here === '') return;
  scroll.addEventListener('scroll', () => {
    // A message that shrank or grew scrolls too; only a person's scrolling says where they want to read.
    if (atBottom && heights() !== settled) return;
    atBottom = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
    if (atBottom) newest.hidden = true;
  });
  // Pictures that load late and a window that shrinks must not push the newest message out of sight.
  const observer = new ResizeObserver(() => atBottom && toBottom());
  observer.observe(document.getElementById('feed'));
  observer.observe(scroll);
  newest.addEventListener('click', toBottom);
  const target = location.hash === '' ? null : document.getElementById(location.hash.slice(1));
  if (target === null) toBottom();
  else target.scrollIntoView({ block: 'center' });
}

function show({ place, regions }) {
  const before = scroll.querySelectorAll('article').length;
  for (const [id, markup] of Object.entries(regions)) fill(document.getElementById(id), markup);
  document.title = document.title.replace(/^.*? · /, () => `${place} · `);
  if (regions.modals !== undefined) showTopForm();
  if (here !== '' && scroll.querySelectorAll('article').length > before && !atBottom) newest.hidden = false;
}

function listen() {
  const stream = new EventSource(`/live?${new URLSearchParams({ as: me, channel: here })}`);
  stream.addEventListener('regions', (event) => {
    document.body.removeAttribute('data-lost');
    show(JSON.parse(event.data));
  });
  stream.addEventListener('error', () => document.body.setAttribute('data-lost', ''));
}

function onMessageTool(event) {
  const button = event.target.closest('[data-react], [data-message-shortcut], [data-reply]');
  const ts = button?.closest('[data-ts]')?.dataset.ts;
  if (ts === undefined) return;
  if (button.dataset.react !== undefined) void busyWhile(button, () => act('react', { channel: here, ts, name: button.dataset.react }));
  else if (button.dataset.messageShortcut !== undefined) void act('messageShortcut', { callback: button.dataset.messageShortcut, channel: here, ts });
  else reply(button.closest('article'));
}

function reply(article) {
  const thread = article.querySelector('.thread');
  thread.open = true;
  thread.setAttribute('data-replying', '');
  thread.querySelector('.reply input').focus();
}

function onButton(event) {
  const button = event.target.closest('[data-try], [data-shortcut], [data-join], [data-drawer], [data-jump]');
  if (button === null) return;
  if (button.dataset.try !== undefined) void busyWhile(button, () => act('try', { index: Number(button.dataset.try) }));
  else if (button.dataset.shortcut !== undefined) void act('shortcut', { callback: button.dataset.shortcut });
  else if (button.dataset.join !== undefined) void act('join', { channel: here });
  else if (button.dataset.drawer !== undefined) document.getElementById('shell').toggleAttribute('data-drawer-open');
  else {
    event.preventDefault();
    const article = document.querySelector(button.getAttribute('href'));
    article?.scrollIntoView({ block: 'center', behavior: 'smooth' });
    article?.animate([{ outline: '3px solid var(--focus)' }, { outline: '3px solid transparent' }], 1600);
  }
}

function watchThreads() {
  scroll.addEventListener('submit', async (event) => {
    const form = event.target.closest('[data-thread]');
    if (form === null) return;
    event.preventDefault();
    const input = form.querySelector('input');
    const text = input.value.trim();
    if (text === '') return;
    input.value = '';
    await act('say', { channel: here, text, thread: form.dataset.thread });
  });
}

watchScroll();
watchForms();
watchControls();
watchComposer();
watchThreads();
document.addEventListener('click', onMessageTool);
document.addEventListener('click', onButton);
listen();
