// The search: one field that finds a run by its id, and runs by their flow or tag.

import { useState } from "preact/hooks";
import { call, errorText } from "../api";
import { go, to } from "../route";
import { t } from "../texts";
import type { RunRow } from "../types";

const words = /(\w+):("[^"]*"|\S+)/g;
const filters: Record<string, string> = { status: "status", flow: "flow", tag: "tag", schedule: "schedule_id", sha: "workflow_yaml_sha256" };

/** Where a text leads: words like flow:x and tag:y are filters; another text is the id of a run, a flow or a tag. */
async function find(text: string): Promise<string | undefined> {
  const query: Record<string, string> = {};
  const rest = text.replace(words, (all, name: string, value: string) => {
    if (name === "id") return value;
    if (!filters[name]) return all;
    query[filters[name]] = name === "status" ? value.toUpperCase() : value.replace(/^"|"$/g, "");
    return "";
  }).trim();
  if (!rest) return to(["runs"], query);
  const some = (name: string) => call<RunRow[]>(`runs?limit=1&${name}=${encodeURIComponent(rest)}`).then((rows) => rows.length > 0);
  const [run, flow, tag] = await Promise.all([
    call<RunRow>(`runs/${encodeURIComponent(rest)}`).then(() => true, () => false),
    some("flow"),
    some("tag"),
  ]);
  if (run) return to(["runs", rest]);
  if (flow) return to(["runs"], { ...query, flow: rest });
  if (tag) return to(["runs"], { ...query, tag: rest });
  return undefined;
}

export function Search({ known }: { known: string[] }) {
  const [text, type] = useState("");
  const [told, tell] = useState("");
  const search = async () => {
    tell("");
    if (!text.trim()) return;
    try {
      const address = await find(text.trim());
      if (address) {
        type("");
        (document.activeElement as HTMLElement | null)?.blur(); // j and k are the list's again
        go(address);
      } else tell(t("notFound", { text: text.trim().slice(0, 80) }));
    } catch (error) {
      tell(errorText(error));
    }
  };
  return (
    <form class="search" role="search" onSubmit={(e) => { e.preventDefault(); void search(); }}>
      <input id="search" type="search" list="known" placeholder={t("searchHint")} aria-label={t("searchHint")} autocomplete="off" spellcheck={false}
        value={text} onInput={(e) => { type(e.currentTarget.value); tell(""); }}
        onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()} />
      <kbd aria-hidden="true">/</kbd>
      <datalist id="known">{known.map((word) => <option key={word} value={word} />)}</datalist>
      {told && <p class="told" role="alert"><bdi>{told}</bdi></p>}
    </form>
  );
}
