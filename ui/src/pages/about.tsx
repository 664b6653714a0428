// The server: settings without secrets, sources' health, versions, who changed what.
import { useLoaded } from "../data/loaded";
import { Badge } from "../parts/badge";
import { Ago, Moment } from "../parts/figures";
import type { Column } from "../parts/grid";
import { Empty, Head, Loading, Panel, Wrong } from "../parts/panels";
import { Rows } from "../parts/rows";
import { Values } from "../parts/values";
import type { About, AuditRecord } from "../records/api";
import { session } from "../state/sources";
import { coarse, count } from "../words/figures";
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
      <Panel title="Sources" beside={about.data.sources.length}>
        <Rows
          label="Health of sources"
          columns={SOURCES}
          rows={about.data.sources}
          keyOf={(source) => source.name}
          order="health"
        />
      </Panel>
      <div class="columns">
        <Panel title="Settings of the server" beside="without secrets">
          <Values value={about.data.settings} />
        </Panel>
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

const SOURCES: Column<Source>[] = [
  { key: "name", title: "Source", width: 9, value: (s) => s.name, cell: (s) => <b>{s.name}</b> },
  { key: "kind", title: "Kind", width: 6, value: (s) => s.kind, cell: (s) => s.kind },
  {
    key: "state",
    title: "State",
    width: 8,
    value: (s) => s.health.state,
    cell: (s) => <Badge state={s.health.state} />,
  },
  {
    key: "last",
    title: "Last event",
    width: 7,
    number: true,
    value: (s) => s.health.last_event,
    cell: (s) => <Ago at={s.health.last_event} />,
  },
  {
    key: "lag",
    title: "Behind",
    width: 6,
    number: true,
    value: (s) => s.health.lag,
    cell: (s) => coarse(s.health.lag),
  },
  {
    key: "received",
    title: "Events",
    width: 7,
    number: true,
    value: (s) => s.health.received,
    cell: (s) => count(s.health.received),
  },
  {
    key: "lost",
    title: "Lost",
    width: 5,
    number: true,
    value: (s) => s.health.lost,
    cell: (s) => count(s.health.lost),
  },
  {
    key: "malformed",
    title: "Unreadable",
    width: 6,
    number: true,
    value: (s) => s.health.malformed,
    cell: (s) => count(s.health.malformed),
  },
  {
    key: "deaf",
    title: "Deaf for",
    width: 6,
    number: true,
    value: (s) => s.health.deaf,
    cell: (s) => coarse(s.health.deaf),
  },
  {
    key: "reason",
    title: "Why",
    width: 14,
    cell: (s) => <span title={s.health.reason ?? ""}>{s.health.reason ?? "–"}</span>,
  },
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
