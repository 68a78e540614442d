import { fieldsOf } from './controls.js';
import { act, busyWhile } from './talk.js';

/** Shows the top of the stack of forms and hides the others, which keep what was typed. */
export function showTopForm() {
  const dialogs = [...document.querySelectorAll('#modals > dialog')];
  const top = dialogs.at(-1);
  for (const dialog of dialogs) if (dialog !== top && dialog.open) dialog.close();
  if (top === undefined || top.open) return;
  top.showModal();
  const first = top.querySelector('[autofocus], .modal-body :is(input, textarea, select):not([type=hidden])');
  first?.focus();
}

function focusFirstError(dialog) {
  const wrong = dialog.querySelector('.wrong');
  wrong?.querySelector('input, select, textarea')?.focus();
}

/** Esc, the cross and the second button all ask the server to close; the live stream then takes the form away. */
function closeForm(dialog) {
  return act('close', { view: dialog.dataset.view });
}

async function submitForm(dialog) {
  const button = dialog.querySelector('button[type=submit]');
  if (button === null) return;
  const answer = await busyWhile(button, () => act('submit', { view: dialog.dataset.view, fields: fieldsOf(dialog) }));
  // The errors come by the stream a moment later.
  if (answer?.errors !== undefined) setTimeout(() => focusFirstError(dialog), 120);
}

/** Asks `are you sure` with what the template says; resolves to true or false. */
export function ask(templateId) {
  const template = document.getElementById(templateId);
  const dialog = document.createElement('dialog');
  dialog.className = 'modal confirm';
  dialog.setAttribute('aria-labelledby', 'confirm-title');
  dialog.append(template.content.cloneNode(true));
  document.getElementById('ask').append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    const end = (yes) => {
      dialog.remove();
      resolve(yes);
    };
    dialog.addEventListener('cancel', () => end(false));
    dialog.addEventListener('click', (event) => {
      const button = event.target.closest('button[value]');
      if (button !== null) end(button.value === 'confirm');
    });
  });
}

/** A picture, as large as the window allows; any click or key puts it away. */
export function showLarge(image) {
  const dialog = document.createElement('dialog');
  dialog.className = 'lightbox';
  dialog.setAttribute('aria-label', image.alt || 'Image');
  const large = image.cloneNode();
  large.removeAttribute('loading');
  const close = document.createElement('button');
  close.className = 'close';
  close.setAttribute('aria-label', 'Close image');
  close.textContent = '✕';
  dialog.append(large, close);
  document.getElementById('ask').append(dialog);
  dialog.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  dialog.showModal();
}

export function watchForms() {
  const modals = document.getElementById('modals');
  // `cancel` does not bubble, so it is caught on its way down.
  modals.addEventListener(
    'cancel',
    (event) => {
      if (event.target.nodeName !== 'DIALOG') return;
      event.preventDefault();
      void closeForm(event.target);
    },
    true,
  );
  modals.addEventListener('submit', (event) => {
    event.preventDefault();
    void submitForm(event.target.closest('dialog'));
  });
  modals.addEventListener('click', (event) => {
    const button = event.target.closest('[data-close]');
    if (button !== null) void closeForm(button.closest('dialog'));
  });
  showTopForm();
}
