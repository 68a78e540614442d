export const me = document.body.dataset.as;
export const here = document.body.dataset.channel;

const TOAST_MS = 7000;

/** A line at the bottom for a few seconds: on the form when one is open, for nothing outside it is seen then. */
export function toast(text, isTrouble = false) {
  const line = document.createElement('p');
  line.className = isTrouble ? 'toast trouble' : 'toast';
  line.textContent = text;
  const shown = [...document.querySelectorAll('dialog[open] .toasts')].at(-1) ?? document.getElementById('toasts');
  shown.append(line);
  setTimeout(() => line.remove(), TOAST_MS);
}

async function post(path, body) {
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'x-playground': '1' }, body });
    const answer = await response.json();
    if (response.ok) return answer;
    toast([answer.error?.message, answer.error?.hint].filter(Boolean).join('; '), true);
  } catch {
    toast('The playground does not answer; is it still running?', true);
  }
  return undefined;
}

/** Asks the server to do something as the chosen person; answers undefined when it could not (the visitor has been told). */
export async function act(kind, details = {}) {
  const answer = await post('/act', JSON.stringify({ kind, as: me, ...details }));
  if (answer?.toast !== undefined) toast(answer.toast, / failed with | reached nobody/.test(answer.toast));
  return answer;
}

/** Uploads one file; answers `{ id, name, size }` or undefined. */
export function upload(file) {
  return post(`/upload?${new URLSearchParams({ as: me, name: file.name })}`, file);
}

/** Marks a control as busy while `work` runs; a busy control cannot be used again. */
export async function busyWhile(control, work) {
  if (control.hasAttribute('data-busy')) return undefined;
  control.setAttribute('data-busy', '');
  control.setAttribute('aria-busy', 'true');
  try {
    return await work();
  } finally {
    control.removeAttribute('data-busy');
    control.removeAttribute('aria-busy');
  }
}
