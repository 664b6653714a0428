// Data that a page asks for itself: loaded once or again and again while the page is seen.
import { useEffect, useState } from "preact/hooks";
import { get, type Parameters, words } from "./client";

export interface Loaded<T> {
  data: T | null;
  error: string;
  /** Whether what is shown belongs to what was asked for last. */
  fresh: boolean;
  again: () => void;
}

interface Held<T> {
  path: string | null;
  key: string;
  data: T | null;
  error: string;
}

/** What is held after an error: what was shown stays, unless it belongs to another path. */
export function failed<T>(old: Held<T>, path: string, key: string, error: unknown): Held<T> {
  return { path, key, data: old.path === path ? old.data : null, error: words(error) };
}

/**
 * Loads an API path; null: nothing to load yet.
 *
 * What was shown stays until the new answer comes, so that a table does not blink.
 */
export function useLoaded<T>(
  path: string | null,
  parameters: Parameters = {},
  every = 0,
): Loaded<T> {
  const [state, setState] = useState<Held<T>>({ path: null, key: "", data: null, error: "" });
  const [turn, setTurn] = useState(0);
  const key = path === null ? "" : `${path} ${JSON.stringify(parameters)}`;
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    let timer = 0;
    const load = () => {
      if (document.hidden) return later();
      get<T>(path, parameters, abort.signal)
        .then((data) => setState({ path, key, data, error: "" }))
        .catch((error) => {
          if (!abort.signal.aborted) setState((old) => failed(old, path, key, error));
        })
        .finally(later);
    };
    const later = () => {
      if (every && !abort.signal.aborted) timer = window.setTimeout(load, every);
    };
    load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, turn, every]);
  const other = path !== null && state.path !== path;
  return {
    data: other ? null : state.data,
    error: other ? "" : state.error,
    fresh: state.key === key,
    again: () => setTurn((old) => old + 1),
  };
}
