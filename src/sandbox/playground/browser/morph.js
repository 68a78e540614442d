// What belongs to the visitor, not to the server: open things, busy marks, what is being typed.
const OWN = new Set(['open', 'data-busy', 'data-replying', 'aria-busy']);

function sameKind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id ?? '') === (b.id ?? '');
}

function alignAttributes(from, to) {
  for (const { name } of [...from.attributes]) if (!OWN.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (!OWN.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
}

function alignNode(from, to) {
  // What lies inside a template is not looked at by `isEqualNode`.
  const holdsTemplates = to.nodeType === Node.ELEMENT_NODE && (to.nodeName === 'TEMPLATE' || to.querySelector('template') !== null);
  if (!holdsTemplates && from.isEqualNode(to)) return;
  if (from.nodeType !== Node.ELEMENT_NODE) {
    from.nodeValue = to.nodeValue;
    return;
  }
  alignAttributes(from, to);
  if (from.nodeName === 'TEMPLATE') from.innerHTML = to.innerHTML;
  else if (!from.hasAttribute('data-mine')) alignChildren(from, to);
}

/** Makes the children of `from` like those of `to` and keeps every node that can stay, so that typed text, focus and open menus survive. */
export function alignChildren(from, to) {
  const named = new Map([...from.children].filter((child) => child.id !== '').map((child) => [child.id, child]));
  const kept = new Set();
  let cursor = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    while (cursor !== null && kept.has(cursor)) cursor = cursor.nextSibling;
    const byId = wanted.id ? named.get(wanted.id) : undefined;
    const match = byId ?? (cursor !== null && sameKind(cursor, wanted) ? cursor : undefined);
    if (match === undefined || !sameKind(match, wanted)) {
      from.insertBefore(wanted, cursor);
      kept.add(wanted);
      continue;
    }
    // Moving a node would take its focus away, so it is moved only when it must be.
    if (match === cursor) cursor = cursor.nextSibling;
    else from.insertBefore(match, cursor);
    kept.add(match);
    alignNode(match, wanted);
  }
  for (const child of [...from.childNodes]) if (!kept.has(child)) child.remove();
}

/** Fills an element with markup from the server. */
export function fill(element, markup) {
  const parsed = document.createElement('template');
  parsed.innerHTML = markup;
  alignChildren(element, parsed.content);
}
