// Links to the things that pages tell of.
import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import { href } from "../state/address";
import { dotted, middle } from "../words/text";

/** The source whose things are shown, where it is not the one on screen. */
export const OfSource = createContext("");

interface ToProps {
  path: string;
  query?: Record<string, string>;
  title?: string;
  class?: string;
  children: ComponentChildren;
}

/** A link to a page of the source whose things are shown. */
export function To({ path, query, children, ...rest }: ToProps) {
  const source = useContext(OfSource);
  return (
    <a {...rest} href={href(path, query, source)}>
      {children}
    </a>
  );
}

export function WorkerLink({ name }: { name: string | null }) {
  if (!name) return <span class="soft">–</span>;
  return (
    <To path={`/worker/${encodeURIComponent(name)}`} title={name}>
      {name}
    </To>
  );
}

export function TaskLink({ id, room = 0 }: { id: string; room?: number }) {
  return (
    <To path={`/task/${encodeURIComponent(id)}`} title={id} class="mono">
      {room ? middle(id, room) : id}
    </To>
  );
}

/** Tasks of a group, by its name. */
export function GroupLink({ name }: { name: string }) {
  const [before, last] = dotted(name);
  return (
    <To path="/tasks" query={{ search: `name=${quoted(name)}` }} title={name} class="dotted">
      {before && <span class="cut soft">{before}</span>}
      <span class="cut">{last}</span>
    </To>
  );
}

/** A value as the search language takes it. */
export function quoted(value: string): string {
  return /^[\w.@/-]+$/.test(value) ? value : `"${value.replace(/(["\\])/g, "\\$1")}"`;
}
