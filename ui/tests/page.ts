// As much of a browser's page as those scripts need that draw nothing. Import it before them.
class Page extends EventTarget {
  hidden = false;
  querySelector = () => null;
  documentElement = { dataset: {} };

  /** Hides the page, or shows it again, as the browser does with a tab. */
  hide(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

export const page = new Page();

Object.assign(globalThis, {
  window: globalThis,
  document: page,
  location: { pathname: "/", search: "", origin: "http://localhost" },
  addEventListener: () => {},
  setInterval: () => 0, // a clock that moves by itself would keep the tests from ending
});

/** What asks the server asks this instead. */
export function answerWith(answer: (url: string, init?: RequestInit) => Promise<Response>): void {
  globalThis.fetch = answer as typeof fetch;
}
