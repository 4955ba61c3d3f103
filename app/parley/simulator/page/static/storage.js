// Storage of this tab, which survives a reload of the browser.
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
