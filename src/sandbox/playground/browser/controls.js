import { ask, showLarge } from './dialogs.js';
import { act, busyWhile, here, toast, upload } from './talk.js';

/** What is typed or chosen in one control, always as a list. */
function chosenIn(control) {
  if (control.classList.contains('file-field')) return [...control.querySelectorAll('[data-file]')].map((item) => item.dataset.file);
  if (control.classList.contains('choices')) return [...control.querySelectorAll('input:checked')].map((box) => box.value);
  return control.value === '' ? [] : [control.value];
}

/** Every field of a form. */
export function fieldsOf(form) {
  return [...form.querySelectorAll('[data-field]')].map((control) => ({
    block: control.dataset.block,
    action: control.dataset.action,
    chosen: chosenIn(control),
  }));
}

/** Uses a control: after the `are you sure` when it has one, as a click in its message, form or home. */
async function use(control, choice) {
  if (control.dataset.confirm !== undefined && !(await ask(control.dataset.confirm))) return;
  const which = { block: control.dataset.block, action: control.dataset.action, ...(choice === undefined ? {} : { choice }) };
  const view = control.closest('[data-view]')?.dataset.view;
  const ts = control.closest('[data-ts]')?.dataset.ts;
  await busyWhile(control, () => (view === undefined ? act('click', { channel: here, ts, ...which }) : act('clickInView', { view, ...which })));
}

function choiceOf(control) {
  const chosen = chosenIn(control);
  const many = control.getAttribute('role') === 'group';
  return many ? chosen : chosen[0];
}

function onChange(event) {
  const chooser = event.target.closest('[data-upload]');
  if (chooser !== null) {
    void takeFiles(chooser, [...chooser.files]);
    chooser.value = '';
    return;
  }
  const control = event.target.closest('[data-act]');
  if (control === null || control.matches('button, a, [data-enter]')) return;
  void use(control, choiceOf(control));
}

function onClick(event) {
  const control = event.target.closest('button[data-act], a[data-act]');
  if (control !== null) void use(control, control.getAttribute('role') === 'menuitem' ? control.dataset.value : control.dataset.value || undefined);
  const frame = event.target.closest('[data-lightbox]');
  if (frame !== null) showLarge(frame.querySelector('img'));
  const gone = event.target.closest('[data-remove]');
  if (gone !== null) gone.closest('[data-file]').remove();
}

function onEnter(event) {
  const control = event.target.closest('[data-act][data-enter]');
  if (control === null || event.key !== 'Enter' || control.nodeName === 'TEXTAREA') return;
  event.preventDefault();
  void use(control, control.value);
}

/** Uploads files at once and lists them under the chooser; the list is what the form sends. */
async function takeFiles(chooser, files) {
  const holder = document.getElementById(chooser.dataset.upload);
  const list = holder.matches('ul') ? holder : holder.querySelector('.chosen');
  for (const file of files) {
    if (list.children.length >= Number(chooser.dataset.most)) {
      toast(`No more than ${chooser.dataset.most} files fit here; ${file.name} was left out.`, true);
      return;
    }
    const item = document.createElement('li');
    item.textContent = `${file.name} …`;
    list.append(item);
    const done = await upload(file);
    if (done === undefined) item.remove();
    else finished(item, done);
  }
}

/** Files may be chosen, dropped or pasted: into the field under the pointer, else the form's only one, else the composer. */
function onBrought(event) {
  const files = [...((event.clipboardData ?? event.dataTransfer)?.files ?? [])];
  const near = event.target.closest('.field, dialog, #composer') ?? document.getElementById('composer');
  const chooser = near?.querySelector('[data-upload]') ?? near?.closest('dialog')?.querySelector('[data-upload]');
  if (files.length === 0 || !chooser) return;
  event.preventDefault();
  void takeFiles(chooser, files);
}

function finished(item, { id, name }) {
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.setAttribute('aria-label', `Remove ${name}`);
  remove.setAttribute('data-remove', '');
  remove.textContent = '✕';
  item.dataset.file = id;
  item.replaceChildren(name, remove);
}

/** A menu opens beside the button that opened it, and stays inside the window. */
function placeMenu(event) {
  if (event.newState !== 'open' || !event.target.matches('[popover]')) return;
  const menu = event.target;
  const opener = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`).getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = opener.bottom + size.height + 8 < innerHeight;
  menu.style.top = `${Math.max(8, below ? opener.bottom + 4 : opener.top - size.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(opener.left, innerWidth - size.width - 8))}px`;
  menu.querySelector('[role^=menuitem]')?.focus();
}

function walkMenu(event) {
  const menu = event.target.closest('[role=menu]');
  if (menu === null || !/^Arrow(Up|Down)$|^Home$|^End$/.test(event.key)) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll('[role^=menuitem]')];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  items[next % items.length]?.focus();
}

export function watchControls() {
  document.addEventListener('change', onChange);
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', onEnter);
  document.addEventListener('paste', onBrought);
  document.addEventListener('drop', onBrought);
  document.addEventListener('dragover', (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault());
  document.addEventListener('keydown', walkMenu);
  // `toggle` does not bubble either.
  document.addEventListener('toggle', placeMenu, true);
  // A menu closes once something in it was chosen.
  document.addEventListener('click', (event) => {
    const item = event.target.closest('[popover] [role^=menuitem]');
    if (item !== null) item.closest('[popover]').hidePopover();
  });
}
