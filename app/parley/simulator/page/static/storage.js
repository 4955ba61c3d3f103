// What this tab remembers over a reload of the browser, and no other tab sees.
export function kept(name, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  sessionStorage.setItem(name, JSON.stringify(value));
}
