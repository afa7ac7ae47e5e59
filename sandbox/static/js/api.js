// Calls to the sandbox's control API; every failure becomes one ApiError with words to show.

class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(path, { method = "GET", json, form, signal } = {}) {
  const init = { method, signal, cache: "no-store" };
  if (json !== undefined) {
    init.body = JSON.stringify(json);
    init.headers = { "Content-Type": "application/json" };
  }
  if (form) init.body = form;
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    throw new ApiError(0, error.message);
  }
  const text = await response.text();
  let body = null;
  try { body = text ? JSON.parse(text) : null; } catch { /* a plain-text error page */ }
  if (!response.ok) throw new ApiError(response.status, reasonIn(body) ?? `${response.status} ${response.statusText}`);
  return body;
}

function reasonIn(body) {
  const reason = body?.description ?? body?.error ?? body?.message;
  return typeof reason === "string" ? reason : null;
}

const post = (path, json) => call(path, { method: "POST", json });
const bot = (token) => `/sim/${encodeURIComponent(token)}`;

export const listBots = () => call("/sim/bots");
export const listUsers = () => call("/sim/users");
export const createUser = (user) => post("/sim/users", user);
export const readClock = () => call("/sim/clock");
export const moveClock = (change) => post("/sim/clock", change);

export const readChat = (token, userId, after) => call(`${bot(token)}/chats/${userId}/messages?after=${after}`);
export const sendMessage = (token, message) => post(`${bot(token)}/messages`, message);
export const editMessage = (token, edit) => post(`${bot(token)}/edits`, edit);
export const tapButton = (token, tap) => post(`${bot(token)}/taps`, tap);
export const setBlocked = (token, userId, blocked) => post(`${bot(token)}/${blocked ? "block" : "unblock"}`, { user_id: userId });
export const fileUrl = (token, fileId) => `/sim/files/${encodeURIComponent(token)}/${encodeURIComponent(fileId)}`;

/** Send files of one kind (photo, document, voice, audio); several photos become an album. */
export function sendFiles(token, { userId, kind, files, caption, replyTo, duration }) {
  const form = new FormData();
  form.append("user_id", userId);
  if (caption) form.append("caption", caption);
  if (replyTo) form.append("reply_to", replyTo);
  if (Number.isFinite(duration)) form.append("duration", Math.max(1, Math.round(duration)));
  for (const file of files) form.append(kind, file, file.name || `${kind}.bin`);
  return call(`${bot(token)}/messages`, { method: "POST", form });
}

const EVENTS = ["message", "edited", "deleted", "action", "toast", "clock", "keyboard", "user", "bot", "commands", "menu_button"];

/** Server-sent events as hints: onEvent(name, data); onState(true | false) as the line goes up and down. */
export function listen(onEvent, onState) {
  const source = new EventSource("/sim/events");
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  for (const name of EVENTS) {
    source.addEventListener(name, (event) => {
      let data = {};
      try { data = JSON.parse(event.data) ?? {}; } catch { /* a hint without data is still a hint */ }
      onEvent(name, data);
    });
  }
  return source;
}
