// Elements are created, never parsed, so that texts cannot contain HTML.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function folded(title, ...children) {
  return element("details", {}, element("summary", {}, title), ...children);
}

// Shows a list of items with keys. The element of an item that has not changed is not moved:
// nothing jumps, loses the focus, or is read out twice.
const shown = new WeakMap();

export function showList(parent, items, make) {
  const before = new Map([...parent.children].map((each) => [each.dataset.key, each]));
  const wanted = items.map((item) => {
    const [key, print] = [String(item.key), JSON.stringify(item)];
    const old = before.get(key);
    if (old && shown.get(old) === print) return old;
    const made = make(item, old);
    made.dataset.key = key;
    shown.set(made, print);
    return made;
  });
  const keep = new Set(wanted);
  for (const each of [...parent.children]) if (!keep.has(each)) each.remove();
  wanted.forEach((each, place) => {
    if (parent.children[place] !== each) parent.insertBefore(each, parent.children[place] ?? null);
  });
}
