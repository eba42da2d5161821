// Submitting a flow file: checked by the gateway as one types, with the error at its line, and a form for its params.

import { useEffect, useRef, useState } from "preact/hooks";
import { call, callExact, CallError, errorText, isAbort, may, self } from "../api";
import { compact } from "../json";
import { Failure, Notice, useTitle } from "../parts";
import { go, place, to } from "../route";
import { GraphView } from "../run/graph-view";
import { ReadOnly } from "../shell";
import { useStore } from "../store";
import { t } from "../texts";
import type { CheckedFlow, Run, RunFlow } from "../types";
import { Params } from "./params";

const typingPause = 350;

interface Check {
  flow?: CheckedFlow;
  error?: unknown;
  busy: boolean;
}

/** The line of the file that an error of the gateway is about; 0 where it names none. A graph's lines count from its own
 * first one, which is the one after its key, or that of the key where it stands beside it. */
export function lineOf(error: unknown, text: string): number {
  const detail = error instanceof CallError ? error.detail : "";
  const found = /\bline (\d+)/.exec(detail);
  if (!found) return 0;
  const graph = /^(?:flow\.(graph)|pipes\.([^:]+)): line /.exec(detail);
  if (!graph) return Number(found[1]);
  const key = new RegExp(`(?:^|[\\s{,])["']?${(graph[1] ?? graph[2]!).replace(/[^\w]/g, "\\$&")}["']?:\\s*([|>]?)`);
  const at = text.split("\n").findIndex((line) => key.test(line));
  if (at < 0) return 0;
  const block = key.exec(text.split("\n")[at]!)![1] !== "";
  return at + Number(found[1]) + (block ? 1 : 0);
}

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function form(text: string, flow: string, tag: string, params: string): FormData {
  const data = new FormData();
  data.set("workflow", new File([text], "flow.yaml", { type: "application/yaml" }));
  data.set("flow_name", flow);
  if (tag) data.set("tag", tag);
  if (params) data.set("params", params);
  return data;
}

export function SubmitPage() {
  useTitle(t("submit"));
  useStore(self);
  const { query } = useStore(place);
  const from = query.get("from") ?? "";
  const [text, type] = useState("");
  const [flow, nameFlow] = useState("main");
  const [tag, setTag] = useState("default");
  const [changed, change] = useState<Record<string, unknown>>({});
  const [check, setCheck] = useState<Check>({ busy: false });
  const [failure, fail] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [bad, setBad] = useState<Record<string, boolean>>({});
  const sent = useRef({ what: "", key: "" });
  const allowed = may("runs:write");

  useEffect(() => { // a run to submit again
    if (!from) return;
    const path = `runs/${encodeURIComponent(from)}`;
    Promise.all([callExact<Run>(path), call<RunFlow>(`${path}/flow`)]).then(([run, kept]) => {
      if (kept.kind === "yaml") type(kept.text);
      nameFlow(run.flow_name);
      setTag(run.tag ?? "default");
      change((run.params ?? {}) as Record<string, unknown>);
    }, fail);
  }, [from]);

  useEffect(() => {
    if (!allowed || !text.trim()) {
      setCheck({ busy: false });
      return;
    }
    const stop = new AbortController();
    setCheck((old) => ({ ...old, busy: true }));
    const timer = setTimeout(() => {
      callExact<CheckedFlow>("runs/yaml?dry_run=1", { method: "POST", body: form(text, flow || "main", tag, ""), signal: stop.signal }).then(
        (answer) => setCheck({ flow: answer, busy: false }),
        (error) => !isAbort(error) && setCheck({ error, busy: false }),
      );
    }, typingPause);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, flow, tag, allowed]);

  // What has not been checked yet may go, too: the gateway checks it again.
  const ready = allowed && !busy && text.trim() !== "" && flow !== "" && (check.busy || check.error === undefined) && !Object.values(bad).some(Boolean);

  const submit = async () => {
    setBusy(true);
    fail(undefined);
    try {
      const params = Object.keys(changed).length > 0 ? compact(changed) : "";
      const what = JSON.stringify([text, flow, tag, params]);
      if (sent.current.what !== what) sent.current = { what, key: randomKey() }; // the same, tried again, is the same run
      const answer = await call<{ run_id: string }>("runs/yaml", { method: "POST", body: form(text, flow, tag, params), headers: { "Idempotency-Key": sent.current.key } });
      go(to(["runs", answer.run_id]));
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  };
  const take = async (file: File | undefined) => file && type(await file.text());

  return (
    <div class="submit" onDragOver={(e) => e.preventDefault()} onDrop={(e) => { e.preventDefault(); void take(e.dataTransfer?.files[0]); }}>
      <div class="page-head">
        <h1>{t("submit")}</h1>
        <button type="button" class="primary" disabled={!ready} onClick={() => void submit()}>{t("submitRun")}</button>
      </div>
      {failure !== undefined && <Failure error={failure} />}
      <ReadOnly scope="runs:write" />
      {from && <p class="soft">{t("textKept", { id: from.slice(0, 8) })}</p>}
      <div class="halves">
        <div>
          <div class="fields">
            <label>{t("flowName")}<input type="text" value={flow} dir="auto" onInput={(e) => nameFlow(e.currentTarget.value)} required /></label>
            <label>{t("tag")}<input type="text" value={tag} onInput={(e) => setTag(e.currentTarget.value.trim())} pattern="[A-Za-z0-9_\-]+" /></label>
            <label class="button file">{t("chooseFile")}<input type="file" class="offscreen" accept=".yaml,.yml,text/*" onChange={(e) => void take(e.currentTarget.files?.[0])} /></label>
          </div>
          <Editor text={text} type={type} line={lineOf(check.error, text)} />
          <Verdict check={check} text={text} />
        </div>
        <div>
          {check.flow && (
            <section class="panel" aria-label={t("params")}>
              <h2>{t("params")}</h2>
              <Params params={check.flow.params} changed={changed} change={change} bad={bad} setBad={setBad} />
            </section>
          )}
          {check.flow && (
            <section class="panel" aria-label={t("graph")}>
              <h2>{t("graph")}</h2>
              <GraphView tree={check.flow.graph} run={undefined} selected={null} select={() => {}} />
            </section>
          )}
        </div>
      </div>
    </div>
  );
}

/** A field for the text, with numbers beside its lines and a mark at the wrong one. */
function Editor({ text, type, line }: { text: string; type: (text: string) => void; line: number }) {
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  return (
    <div class="editor">
      <div class="gutter" ref={gutter} aria-hidden="true">
        {Array.from({ length: Math.min(lines, 5000) }, (_, i) => <span key={i} class={i + 1 === line ? "wrong" : ""}>{i + 1}</span>)}
      </div>
      <textarea value={text} spellcheck={false} autocapitalize="off" aria-label={t("flowFile")} placeholder={t("dropFlow")} wrap="off"
        aria-invalid={line > 0 ? "true" : undefined} aria-describedby="verdict"
        onInput={(e) => type(e.currentTarget.value)} onScroll={(e) => { if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop; }} />
    </div>
  );
}

function Verdict({ check, text }: { check: Check; text: string }) {
  const line = lineOf(check.error, text);
  return (
    <div id="verdict" aria-live="polite">
      {check.error !== undefined && <Notice tone="bad">{line > 0 && <strong>{t("line", { n: line })}</strong>}<bdi class="caret">{errorText(check.error)}</bdi></Notice>}
      {check.flow && !check.busy && <Notice tone="good">{t("valid")}</Notice>}
      {check.busy && <p class="soft">{t("checking")}</p>}
      {check.flow?.warnings.map((warning, i) => <Notice tone="warn" key={i}><strong>{t("warnings")}</strong><bdi>{warning}</bdi></Notice>)}
    </div>
  );
}
