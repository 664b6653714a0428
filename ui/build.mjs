// Bundles src/ into the folder that the server serves: node build.mjs [--out FOLDER] [--watch]
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const given = process.argv.indexOf("--out");
const out = resolve(given > 0 ? process.argv[given + 1] : join(here, "../src/antflow/web/static"));

/** Puts the hashed names into index.html, so that everything else may be cached for ever. */
const page = {
  name: "page",
  setup(build) {
    build.onEnd((result) => {
      if (result.errors.length) return;
      const made = Object.keys(result.metafile.outputs).map((path) => basename(path));
      const keep = new Set([...made, "index.html", "icon.svg"]);
      for (const old of readdirSync(out)) if (!keep.has(old)) rmSync(join(out, old));
      const html = readFileSync(join(here, "src/index.html"), "utf8")
        .replace(
          "app.js",
          made.find((name) => /^app-.*\.js$/.test(name)),
        )
        .replace(
          "app.css",
          made.find((name) => /^app-.*\.css$/.test(name)),
        );
      writeFileSync(join(out, "index.html"), html);
      copyFileSync(join(here, "src/icon.svg"), join(out, "icon.svg"));
    });
  },
};

mkdirSync(out, { recursive: true });
const context = await esbuild.context({
  absWorkingDir: here,
  entryPoints: { app: "src/app.ts" },
  entryNames: "[name]-[hash]",
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  plugins: [page],
});

if (process.argv.includes("--watch")) {
  await context.watch();
} else {
  const result = await context.rebuild();
  await context.dispose();
  process.exitCode = result.errors.length ? 1 : 0;
}
