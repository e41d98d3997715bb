import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./explorer.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";

import { defaultTabs } from "./examples.js";
import { fetchInSession } from "./session.js";
import { SignInBar } from "./SignInBar.jsx";
import { SafeStorage } from "./storage.js";

const endpoint = new URL("/graphql", window.location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

const fetcher = createGraphiQLFetcher({ url: endpoint.href, subscriptionUrl: socket.href, fetch: fetchInSession });
const plugins = [HISTORY_PLUGIN, explorerPlugin()];

createRoot(document.getElementById("explorer")).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    defaultTabs={defaultTabs(window.__DURE_EXAMPLES__)}
    storage={new SafeStorage(window.localStorage)}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
    defaultEditorToolsVisibility="variables"
    inputValueDeprecation
  >
    <GraphiQL.Logo>두레</GraphiQL.Logo>
    <SignInBar endpoint={endpoint.href} />
  </GraphiQL>,
);
