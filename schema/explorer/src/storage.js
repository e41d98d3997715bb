/**
 * What the explorer keeps in the browser: tabs, history and preferences, and no secret. Every write goes through
 * here: headers and answers are left out, and secrets in documents and variables are emptied, also where a variable
 * of another name brings one. What is in the editors stays as it was typed until the page is left.
 */

const PREFIX = "graphiql:";
const NEVER_KEPT = ["headers", "shouldPersistHeaders", "query", "variables"].map((name) => PREFIX + name); // tabs have these
const LEFT_OUT = ["headers", "response"];
const SECRETS = ["password", "currentPassword", "newPassword", "confirmPassword", "claimCode", "token", "csrfToken"];
const BY_CODE = /\bresetPassword\b/; // only there a `code` lets somebody in
const STRING = String.raw`(?:"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*(?:"|$|(?=\n)))`;

/** The names whose values are secret in this document and in its variables. */
function secretNames(text) {
  const names = BY_CODE.test(text) ? [...SECRETS, "code"] : SECRETS;
  const brought = text.matchAll(new RegExp(String.raw`\b(?:${names.join("|")})\b\s*:\s*\$(\w+)`, "g"));
  return [...names, ...[...brought].map(([, name]) => name)];
}

/** A document, or variables that are half typed, without the values of these names. */
function emptied(text, names) {
  const named = String.raw`(\b(?:${names.join("|")})\b"?\s*:\s*(?:[\w!\[\]]+\s*=\s*)?)`;
  return text.replace(new RegExp(named + STRING, "g"), '$1""');
}

/** A value as it may be kept. */
function kept(value, names) {
  if (typeof value === "string") return keptText(value, names);
  if (Array.isArray(value)) return value.map((each) => kept(each, names));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name]) => !LEFT_OUT.includes(name));
  if (typeof value.query !== "string") {
    return Object.fromEntries(entries.map(([name, each]) => [name, names.includes(name) ? "" : kept(each, names)]));
  }
  const own = secretNames(value.query); // a tab, or an item of the history
  const keep = (name, each) => (name === "variables" ? keptVariables(each, value.query, own) : kept(each, own));
  return Object.fromEntries(entries.map(([name, each]) => [name, keep(name, each)]));
}

/** Of variables, those that the document uses: of another one nobody knows whether it is a secret. */
function keptVariables(text, document, names) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return ""; // half typed
  }
  if (given === null || typeof given !== "object" || Array.isArray(given)) return "";
  const used = [...document.matchAll(/:\s*\$(\w+)/g)].map(([, name]) => name);
  const entries = Object.entries(given).filter(([name]) => used.includes(name));
  return JSON.stringify(kept(Object.fromEntries(entries), names), null, 2);
}

/** A text that may itself be JSON, as variables and the list of tabs are. */
export function keptText(text, names = secretNames(text)) {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return JSON.stringify(kept(value, names));
  } catch {
    // no JSON: a document, or half typed
  }
  return emptied(text, names);
}

/** The browser's storage, for GraphiQL. What an earlier version of this page kept is cleaned first. */
export class SafeStorage {
  constructor(storage) {
    this.storage = storage;
    for (const key of this.keys()) {
      const before = storage.getItem(key);
      storage.removeItem(key);
      this.setItem(key, before);
    }
  }

  get length() {
    return this.keys().length;
  }

  keys() {
    return Object.keys(this.storage).filter((key) => key.startsWith(PREFIX));
  }

  getItem(key) {
    return this.storage.getItem(key);
  }

  setItem(key, value) {
    if (!NEVER_KEPT.includes(key)) this.storage.setItem(key, keptText(value));
  }

  removeItem(key) {
    this.storage.removeItem(key);
  }

  clear() {
    for (const key of this.keys()) this.storage.removeItem(key);
  }
}
