// A run as commands for a terminal.

import { compact } from "../json";
import { base, settings } from "../settings";
import type { Run } from "../types";

/** One word for a shell, whatever is in it. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const server = () => base.replace(/\/$/, "");

function keyFor(tool: "curl" | "cli"): string {
  if (settings.auth !== "api_key") return "";
  return tool === "curl" ? ` -H "${settings.header}: $PYOCO_API_KEY"` : ' --api-key "$PYOCO_API_KEY"';
}

export function getByCurl(run: Run): string {
  return `curl -sS${keyFor("curl")} ${word(`${server()}/runs/${encodeURIComponent(run.run_id)}?include=records`)}`;
}

export function getByCLI(run: Run): string {
  return `pyoco-client --server ${word(server())}${keyFor("cli")} get ${word(run.run_id)} --records`;
}

export function submitByCurl(run: Run): string {
  const params = compact(run.params ?? {});
  if (run.workflow_yaml_sha256) {
    const fields = [`flow_name=${run.flow_name}`, `tag=${run.tag ?? "default"}`, `params=${params}`];
    return `curl -sS${keyFor("curl")} -F workflow=@flow.yaml ${fields.map((f) => `--form-string ${word(f)}`).join(" ")} ${word(`${server()}/runs/yaml`)}`;
  }
  const body = `{"flow_name":${JSON.stringify(run.flow_name)},"tag":${JSON.stringify(run.tag ?? "default")},"params":${params}}`;
  return `curl -sS${keyFor("curl")} -H 'Content-Type: application/json' -d ${word(body)} ${word(`${server()}/runs`)}`;
}

export function submitByCLI(run: Run): string {
  const common = `pyoco-client --server ${word(server())}${keyFor("cli")}`;
  const what = `--flow-name ${word(run.flow_name)} --tag ${word(run.tag ?? "default")}`;
  if (run.workflow_yaml_sha256) return `${common} submit-yaml --workflow-file flow.yaml ${what}`;
  return `${common} submit ${what} --params ${word(compact(run.params ?? {}))}`;
}
