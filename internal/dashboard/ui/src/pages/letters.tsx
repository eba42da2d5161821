// Dead letters: what could not be run and why, and running it again.

import { useEffect, useState } from "preact/hooks";
import { call, may, self } from "../api";
import { At } from "../clock";
import { counts } from "../live";
import { useLoad } from "../load";
import { Confirm, Empty, Failure, Notice, Pre, Tags, Text, useTitle } from "../parts";
import { place, replace, to } from "../route";
import { ReadOnly } from "../shell";
import { useStore } from "../store";
import { t } from "../texts";
import type { DeadLetter, Page } from "../types";

const reasons = ["invalid_job", "flow_not_found", "invalid_workflow", "execution_error", "run_not_found", "max_deliver_exceeded"];

export function LettersPage() {
  useTitle(t("letters"));
  useStore(self);
  const { query } = useStore(place);
  const reason = query.get("reason") ?? "";
  const tag = query.get("tag") ?? "";
  const numbers = useStore(counts);
  const path = (cursor: string) => `dlq?${new URLSearchParams({ limit: "50", ...(reason && { reason }), ...(tag && { tag }), ...(cursor && { cursor }) })}`;
  const first = useLoad((signal) => call<Page<DeadLetter>>(path(""), { signal }), [reason, tag], 1000);
  useEffect(first.again, [numbers.FAILED]);
  const [older, setOlder] = useState<Page<DeadLetter>>();
  const [failure, fail] = useState<unknown>();
  useEffect(() => setOlder(undefined), [first.value]);
  const next = older ? older.next_cursor : first.value?.next_cursor;
  const more = () => call<Page<DeadLetter>>(path(next!)).then((page) => setOlder((old) => ({ items: [...(old?.items ?? []), ...page.items], next_cursor: page.next_cursor })), fail);
  const filter = (changes: Record<string, string>) => replace(to(["letters"], { reason, tag, ...changes }));
  const letters = [...(first.value?.items ?? []), ...(older?.items ?? [])];
  return (
    <div class="letters">
      <div class="page-head">
        <h1>{t("letters")}</h1>
        <label>{t("reason")} <select value={reason} onChange={(e) => filter({ reason: e.currentTarget.value })}><option value="">{t("all")}</option>{reasons.map((r) => <option key={r} value={r}>{r}</option>)}</select></label>
        <label>{t("tag")} <input type="text" value={tag} onChange={(e) => filter({ tag: e.currentTarget.value.trim() })} /></label>
      </div>
      <ReadOnly scope="runs:write" />
      {(first.error ?? failure) !== undefined && <Failure error={first.error ?? failure} retry={first.again} />}
      {first.value && letters.length === 0 && <Empty>{t("noLetters")}</Empty>}
      <ul class="letter-list">{letters.map((letter) => <Letter key={letter.seq} letter={letter} again={first.again} />)}</ul>
      {next && <button type="button" onClick={() => void more()}>{t("more")}</button>}
    </div>
  );
}

function Letter({ letter, again }: { letter: DeadLetter; again: () => void }) {
  const [run, setRun] = useState("");
  const [failure, fail] = useState<unknown>();
  const [dropping, drop] = useState(false);
  const replay = () => call<{ run_id: string }>(`dlq/${letter.seq}/replay`, { method: "POST" }).then((answer) => { fail(undefined); setRun(answer.run_id); }, fail);
  return (
    <li class="panel letter" data-letter={letter.seq}>
      <header>
        <strong class="reason">{letter.reason.slice(0, 100)}</strong>
        {letter.run_id && <a href={to(["runs", letter.run_id])}><Text value={letter.flow_name ?? letter.run_id} /> <code>{letter.run_id.slice(0, 8)}</code></a>}
        <Tags tags={letter.tag ? [letter.tag] : []} />
        <span class="soft"><At at={letter.timestamp} /> · #{letter.seq}{letter.num_delivered ? ` · ${t("deliveries")} ${letter.num_delivered}` : ""}</span>
        {may("runs:write") && (
          <span class="actions">
            {letter.run_id && <button type="button" class="replay" onClick={() => void replay()}>{t("replay")}</button>}
            <button type="button" class="quiet" onClick={() => drop(true)}>{t("drop")}</button>
          </span>
        )}
      </header>
      <p class="letter-error" dir="auto">{letter.error.slice(0, 1000)}</p>
      {letter.payload !== undefined && <details><summary>{t("payload")}</summary><Pre text={letter.payload} label={t("payload")} /></details>}
      {run && <Notice tone="good">{t("replayed")} <a href={to(["runs", run])}><code>{run}</code></a></Notice>}
      {failure !== undefined && <Failure error={failure} />}
      {dropping && <Confirm title={t("dropLetter")} text={<>#{letter.seq} <bdi>{letter.error.slice(0, 200)}</bdi></>} action={t("drop")} close={() => drop(false)} does={async () => { await call(`dlq/${letter.seq}`, { method: "DELETE" }); again(); }} />}
    </li>
  );
}
