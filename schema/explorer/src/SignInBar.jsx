import { useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useState } from "react";

import { withToken } from "./headers.js";

const SIGN_IN = `mutation SignIn($loginId: String!, $password: String!) {
  signIn(input: {loginId: $loginId, password: $password}) { token errors { message } }
}`;

/** The bar on top: signs in and keeps the token in the headers of whichever tab is open. It is never stored. */
export function SignInBar({ endpoint }) {
  const headerEditor = useGraphiQL((state) => state.headerEditor);
  const activeTab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  const [session, setSession] = useState(null); // { loginId, token }
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const ours = useRef(new Set());
  const token = session?.token ?? null;

  useEffect(() => {
    if (!headerEditor) return;
    if (token !== null) ours.current.add(`Bearer ${token}`);
    const before = headerEditor.getValue();
    const after = withToken(before, token, ours.current);
    if (after !== before) headerEditor.setValue(after);
  }, [headerEditor, activeTab, token]);

  async function signIn(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const { loginId, password } = Object.fromEntries(new FormData(form));
    setBusy(true);
    setProblem("");
    try {
      setSession({ loginId, token: await tokenFor(endpoint, loginId, password) });
      form.reset();
    } catch (error) {
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <header className="sign-in-bar">
      <strong>두레 GraphQL</strong>
      <span className="problem" role="alert">
        {problem}
      </span>
      {session ? (
        <div className="session">
          <span role="status">{session.loginId} 로그인됨</span>
          <button type="button" onClick={() => setSession(null)}>
            로그아웃
          </button>
        </div>
      ) : (
        <form className="session" onSubmit={signIn}>
          <label>
            아이디 <input name="loginId" autoComplete="username" required />
          </label>
          <label>
            비밀번호 <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit" disabled={busy}>
            로그인
          </button>
        </form>
      )}
    </header>
  );
}

/** The token for a login id and password, or an error whose message says why there is none. */
async function tokenFor(endpoint, loginId, password) {
  let answer;
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
      body: JSON.stringify({ query: SIGN_IN, variables: { loginId, password } }),
    });
    answer = await response.json();
  } catch {
    throw new Error("서버에 연결할 수 없습니다. 잠시 뒤 다시 시도하세요.");
  }
  const result = answer.data?.signIn;
  if (result?.token) return result.token;
  const errors = result?.errors?.length ? result.errors : (answer.errors ?? []);
  throw new Error(errors.map(({ message }) => message).join(" ") || "로그인하지 못했습니다.");
}
