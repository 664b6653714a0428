// The server: settings without secrets, sources' health, versions, who changed what.
import { useLoaded } from "../data/loaded";
import { Badge } from "../parts/badge";
import { age, figure, text } from "../parts/columns";
import { Moment } from "../parts/figures";
import type { Column } from "../parts/gridprops";
import { Empty, Head, Loading, Panel, Wrong } from "../parts/panels";
import { Rows } from "../parts/rows";
import { Values } from "../parts/values";
import type { About, AuditRecord } from "../records/api";
import { frameOf, session } from "../state/sources";
import { coarse } from "../words/figures";
import { plain } from "../words/text";

export function AboutPage() {
  const about = useLoaded<About>("about", {}, 10_000);
  if (!about.data)
    return about.error ? (
      <Wrong error={about.error} again={about.again} />
    ) : (
      <Loading what="the server's settings" />
    );
  const who = session.value;
  const sources = about.data.sources.map(live);
  return (
    <>
      <Head title={`antflow ${about.data.version}`}>
        {who && (
          <span class="soft">
            you are {who.name ?? "not signed in"}, {who.role}
            {who.read_only && ", read only"}
          </span>
        )}
      </Head>
      <Panel title="Sources" beside={sources.length}>
        <Rows
          label="Health of sources"
          columns={SOURCES}
          rows={sources}
          keyOf={(source) => source.name}
          order="health"
        />
      </Panel>
      <Panel title="Settings of the server" beside="without secrets">
        <Values value={about.data.settings} broad />
      </Panel>
      <div class="columns">
        {about.data.sources.map((source) => (
          <Panel key={source.name} title={`Settings of ${source.name}`}>
            {Object.keys(source.settings).length ? (
              <Values value={source.settings} />
            ) : (
              <Empty icon="about" title="None" />
            )}
          </Panel>
        ))}
        <Panel title="Versions">
          <Values value={about.data.versions} />
        </Panel>
      </div>
      {who?.role === "admin" && <AuditPanel />}
    </>
  );
}

type Source = About["sources"][number];

/** With the health that the stream told last, as the bar above shows it. */
function live(source: Source): Source {
  return { ...source, health: frameOf(source.name).value?.health ?? source.health };
}

const SOURCES: Column<Source>[] = [
  { key: "name", title: "Source", width: 9, value: (s) => s.name, cell: (s) => <b>{s.name}</b> },
  text("kind", "Kind", (s) => s.kind, 6),
  {
    key: "state",
    title: "State",
    width: 8,
    value: (s) => s.health.state,
    cell: (s) => <Badge state={s.health.state} />,
  },
  age("last", "Last event", (s) => s.health.last_event, 7),
  figure("lag", "Behind", (s) => s.health.lag, { show: coarse }),
  figure("received", "Events", (s) => s.health.received, { width: 7 }),
  figure("lost", "Lost", (s) => s.health.lost, {
    width: 5,
    tone: (s) => s.health.lost > 0 && "warn",
  }),
  figure("malformed", "Unreadable", (s) => s.health.malformed),
  figure("deaf", "Deaf for", (s) => s.health.deaf, { show: coarse }),
  text("reason", "Why", (s) => s.health.reason, 14),
];

function AuditPanel() {
  const audit = useLoaded<AuditRecord[]>("audit", {}, 5000);
  const rows = audit.data ?? [];
  const names = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))];
  const columns = names.map(column);
  return (
    <Panel title="Audit log" beside="every change that was asked for, newest first">
      {rows.length ? (
        <Rows
          label="Audit log"
          columns={columns}
          rows={rows}
          keyOf={(row) => JSON.stringify(row)}
          order="audit"
          tall
        />
      ) : audit.error ? (
        <Wrong error={audit.error} again={audit.again} />
      ) : (
        <Empty icon="about" title="Nobody changed anything yet" />
      )}
    </Panel>
  );
}

function column(name: string): Column<AuditRecord> {
  const time = name === "at" || name === "time" || name === "when";
  return {
    key: name,
    title: (name[0] ?? "").toUpperCase() + name.slice(1).replaceAll("_", " "),
    width: time ? 8 : name === "answer" || name === "arguments" ? 16 : 8,
    value: (row) => (typeof row[name] === "number" ? (row[name] as number) : plain(row[name])),
    cell: (row) =>
      time && typeof row[name] === "number" ? (
        <Moment at={row[name] as number} />
      ) : (
        <span title={plain(row[name])}>{plain(row[name])}</span>
      ),
  };
}
