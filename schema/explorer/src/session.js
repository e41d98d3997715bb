/**
 * The session of whoever is signed in. The token is in a cookie that no script can read; a request that may change
 * something brings the CSRF token, which the server put into a cookie for this page to read.
 */

const CSRF_COOKIE = "dure_csrf";
const CSRF_HEADER = "X-CSRF-Token";

const WHO = "query Session { viewer { signedIn member { loginId } } }";
const SIGN_IN = `mutation SignIn($loginId: String!, $password: String!) {
  signIn(input: {loginId: $loginId, password: $password, cookie: true}) { expiresAt errors { message } }
}`;
const SIGN_OUT = "mutation SignOut { signOut { errors { message } } }";
const UNREACHABLE = "서버에 연결할 수 없습니다. 잠시 뒤 다시 시도하세요.";

/** `fetch` with the CSRF token of the session, if there is one. */
export function fetchInSession(url, options = {}) {
  const headers = new Headers(options.headers);
  const csrf = cookie(CSRF_COOKIE);
  if (csrf && !headers.has(CSRF_HEADER)) headers.set(CSRF_HEADER, csrf);
  return fetch(url, { ...options, headers, credentials: "same-origin" });
}

/** Who is signed in: `{ loginId }`, or null. */
export async function currentSession(endpoint) {
  const viewer = (await ask(endpoint, WHO)).data?.viewer;
  return viewer?.signedIn ? { loginId: viewer.member?.loginId ?? "" } : null;
}

/** Signs in by cookie. Throws an error whose message says why it could not. */
export async function signIn(endpoint, loginId, password) {
  const answer = await ask(endpoint, SIGN_IN, { loginId, password });
  const result = answer.data?.signIn;
  if (!result?.expiresAt) throw problem(answer, result, "로그인하지 못했습니다.");
  return { loginId };
}

/** Ends the token on the server, which takes the cookies back. Throws when the server could not. */
export async function signOut(endpoint) {
  const answer = await ask(endpoint, SIGN_OUT);
  const ended = answer.errors?.every((each) => each.extensions?.code === "UNAUTHENTICATED"); // it was over already
  if (answer.errors && !ended) throw problem(answer, null, "로그아웃하지 못했습니다.");
}

async function ask(endpoint, query, variables) {
  try {
    const response = await fetchInSession(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
      body: JSON.stringify({ query, variables }),
    });
    return await response.json();
  } catch {
    throw new Error(UNREACHABLE);
  }
}

function problem(answer, result, otherwise) {
  const errors = result?.errors?.length ? result.errors : (answer.errors ?? []);
  return new Error(errors.map(({ message }) => message).join(" ") || otherwise);
}

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
