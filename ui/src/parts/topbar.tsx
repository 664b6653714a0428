// The bar above: brand, the source on screen, whether it can be trusted, theme and help.
import { go, href, place, setQuery } from "../state/address";
import { helpShown } from "../state/keys";
import { density, type Theme, theme } from "../state/preferences";
import { current, session, sources } from "../state/sources";
import { Icon, type IconName } from "./icons";
import { Trust } from "./trust";

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const ICON: Record<Theme, IconName> = { auto: "auto", light: "sun", dark: "moon" };

export function TopBar() {
  const who = session.value;
  const name = { auto: "as the system", light: "light", dark: "dark" }[theme.value];
  return (
    <header class="top">
      <a class="brand" href={href("/")}>
        <Icon name="logo" size={20} /> antflow
      </a>
      {sources.value.length > 1 && <SourceSwitch />}
      {who?.read_only && <span class="badge filled tone-calm">Read only</span>}
      <Trust />
      <div class="row last">
        <button
          type="button"
          class="button plain icon"
          title={`Theme: ${name}`}
          aria-label={`Theme: ${name}; change`}
          onClick={() => (theme.value = NEXT[theme.value])}
        >
          <Icon name={ICON[theme.value]} />
        </button>
        <button
          type="button"
          class="button plain icon"
          title="Density"
          aria-label={`Density: ${density.value}; change`}
          onClick={() => (density.value = density.value === "dense" ? "roomy" : "dense")}
        >
          <Icon name="rows" />
        </button>
        <button
          type="button"
          class="button plain icon"
          title="Keys (?)"
          aria-label="Help"
          onClick={() => (helpShown.value = true)}
        >
          ?
        </button>
      </div>
    </header>
  );
}

function SourceSwitch() {
  const change = (name: string) => {
    if (place.value.path.startsWith("/pipelines")) {
      setQuery({ source: name });
      go(href(`/pipelines/${encodeURIComponent(name)}`));
    } else if (/^\/(worker|task)\//.test(place.value.path)) {
      setQuery({ source: name });
      go(href(place.value.path.startsWith("/worker") ? "/workers" : "/tasks"));
    } else setQuery({ source: name, columns: null }, true);
  };
  return (
    <select
      aria-label="Source"
      value={current.value}
      onChange={(event) => change(event.currentTarget.value)}
    >
      {sources.value.map((source) => (
        <option key={source.name} value={source.name}>
          {source.name} ({source.kind})
        </option>
      ))}
    </select>
  );
}
