// The address in the browser's bar holds the view: the path is the page, the query its settings.
import { signal } from "@preact/signals";
import { base } from "../data/client";

export interface Place {
  path: string; // without the base, begins with a slash
  query: URLSearchParams;
}

export const place = signal<Place>(read());

function read(): Place {
  const inside = location.pathname.startsWith(base)
    ? location.pathname.slice(base.length)
    : location.pathname.slice(1);
  return {
    path: `/${inside}`.replace(/(.)\/+$/, "$1"),
    query: new URLSearchParams(location.search),
  };
}

addEventListener("popstate", () => {
  place.value = read();
});

/** A link to a page of this dashboard, of a source; of the one on screen by default. */
export function href(path: string, query: Record<string, string | null> = {}, of = ""): string {
  const next = new URLSearchParams();
  const source = of || place.value.query.get("source") || onPath();
  if (source) next.set("source", source);
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return `${base}${path.replace(/^\//, "")}${text ? `?${text}` : ""}`;
}

/** The source that the path names; empty: none. */
export function onPath(): string {
  return decoded(/^\/pipelines\/([^/]+)/.exec(place.value.path)?.[1] ?? "");
}

/** A part of the path as it was meant; as it stands where it means nothing. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Goes to a link that `href` made, without loading the page anew. */
export function go(to: string): void {
  history.pushState(null, "", to);
  place.value = read();
  scrollTo(0, 0);
}

/** Changes settings of the view in place; a null or empty value takes one away. */
export function setQuery(changes: Record<string, string | null>, keep = false): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  const to = `${location.pathname}${text ? `?${text}` : ""}`;
  if (keep) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  place.value = read();
}

/** One setting of the view. */
export function setting(name: string, otherwise = ""): string {
  return place.value.query.get(name) ?? otherwise;
}

/** Follows clicks on links of this dashboard; everything else stays the browser's. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    const link = (event.target as Element).closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.dataset.plain !== undefined)
      return;
    if (link.origin !== location.origin || !link.pathname.startsWith(base)) return;
    if (/^(api|static|metrics|healthcheck)\b/.test(link.pathname.slice(base.length))) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
