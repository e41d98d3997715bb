import { useEffect, useState } from "react";

import { currentSession, signIn, signOut } from "./session.js";

/** The bar on top: says who is signed in, signs in and out. The token itself never reaches this page. */
export function SignInBar({ endpoint }) {
  const [session, setSession] = useState(undefined); // undefined until the server has said; null: nobody
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    currentSession(endpoint).then(setSession, () => setSession(null));
  }, [endpoint]);

  async function attempt(action) {
    setBusy(true);
    setProblem("");
    try {
      setSession(await action());
    } catch (error) {
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }

  function enter(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const { loginId, password } = Object.fromEntries(new FormData(form));
    attempt(() => signIn(endpoint, loginId, password));
    form.elements.password.value = "";
  }

  function leave() {
    attempt(async () => {
      await signOut(endpoint);
      return null;
    });
  }

  return (
    <header className="sign-in-bar">
      <strong>두레 GraphQL</strong>
      <span className="problem" role="alert">
        {problem}
      </span>
      {session && (
        <div className="session">
          <span role="status">{session.loginId} 로그인됨</span>
          <button type="button" onClick={leave} disabled={busy}>
            로그아웃
          </button>
        </div>
      )}
      {session === null && (
        <form className="session" onSubmit={enter}>
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
