// Any answer as a list of names and values; what is deep can be opened.
import { plain } from "../words/text";

export function Values({ value }: { value: unknown }) {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return (
    <dl class="plainlist">
      {entries.flatMap(([name, one]) => [
        <dt key={`${name} name`}>{name.replaceAll("_", " ")}</dt>,
        <dd key={name}>
          <Value value={one} />
        </dd>,
      ])}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === null || typeof value !== "object") return <code>{plain(value)}</code>;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object"))
    return <code>{value.join(", ") || "–"}</code>;
  const size = Object.keys(value).length;
  const open = size <= 6;
  return (
    <details open={open}>
      <summary class="soft">{size === 1 ? "1 entry" : `${size} entries`}</summary>
      <pre class="code" tabIndex={0} role="group" aria-label="The value in full">
        {plain(value)}
      </pre>
    </details>
  );
}
