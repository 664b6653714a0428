// Panels, and what they show when there is nothing, not yet, or no longer.
import type { ComponentChildren } from "preact";
import { Icon, type IconName, ShapeIcon } from "./icons";

interface PanelProps {
  title: ComponentChildren;
  beside?: ComponentChildren;
  tools?: ComponentChildren;
  foot?: ComponentChildren;
  children: ComponentChildren;
}

export function Panel({ title, beside, tools, foot, children }: PanelProps) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {beside !== undefined && <div class="soft">{beside}</div>}
        {tools && <div class="tools">{tools}</div>}
      </header>
      {children}
      {foot !== undefined && <div class="foot">{foot}</div>}
    </section>
  );
}

export function Empty({
  icon = "tasks",
  title,
  children,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} size={26} />
      <b>{title}</b>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div class="empty" role="status">
      Loading {what}…
    </div>
  );
}

export function Note({
  tone,
  children,
}: {
  tone: "warn" | "bad" | "run";
  children: ComponentChildren;
}) {
  return (
    <div class={`note tone-${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <ShapeIcon shape={tone === "run" ? "dot" : "bang"} size={16} />
      <div>{children}</div>
    </div>
  );
}

export function Wrong({ error, again }: { error: string; again?: () => void }) {
  return (
    <div class="empty" role="alert">
      <Icon name="failures" size={26} />
      <b>This could not be loaded</b>
      <p>{error}</p>
      {again && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

interface HeadProps {
  title: ComponentChildren;
  tools?: ComponentChildren;
  children?: ComponentChildren;
}

/** The first line of a page. */
export function Head({ title, tools, children }: HeadProps) {
  return (
    <div class="head">
      <h1>{title}</h1>
      {children}
      {tools && <div class="tools">{tools}</div>}
    </div>
  );
}
