// The page's only door to the server: the JSON interface under /play/.

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok && body.error === undefined) body.error = `http_${response.status}`;
  if (!response.ok) body.ok = false;
  return body;
}

async function get(path, query) {
  return answer(await fetch(`/play/${path}?${new URLSearchParams(query)}`, { cache: "no-store" }));
}

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return answer(await fetch(`/play/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Promise: everything this person sees outside the open conversation. */
export const fetchState = (as) => get("state", as ? { as } : {});

/** Promise: the messages of a channel, or of one thread in it, oldest first. */
export async function fetchMessages(as, channel, thread) {
  const { messages = [] } = await get("messages", thread ? { as, channel, thread } : { as, channel });
  return [...messages].sort((a, b) => Number(a.ts) - Number(b.ts));
}

/** Promise: what the app offers for an external select, as a list of options or option groups. */
export async function fetchOptions({ as, viewId, channel, ts, blockId, actionId, query }) {
  const found = await get("options", {
    as, view_id: viewId ?? "", channel: channel ?? "", ts: ts ?? "", block_id: blockId, action_id: actionId, q: query,
  });
  if (found.ok === false) throw new Error(found.error);
  return found.option_groups ?? found.options ?? [];
}

/** Promise: the deed is done as that person; `{ok, error?, errors?}`. A lost connection is an answer too. */
export async function act(as, deed, details = {}) {
  try {
    const result = await post("act", { as, do: deed, ...details });
    return { ...result, ok: result.ok !== false };
  } catch {
    return { ok: false, error: "connection_lost" };
  }
}

export const moveClock = (advance) => post("clock", { advance });
export const setFault = (fault, on) => post("faults", { fault, on });

/** Promise: `onEvent` is called for each server event of that person until the returned function is called. */
export function listen(as, onEvent, onLink) {
  const source = new EventSource(`/play/stream?as=${encodeURIComponent(as)}`);
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false);
  source.onmessage = (event) => onEvent(JSON.parse(event.data));
  return () => source.close();
}
