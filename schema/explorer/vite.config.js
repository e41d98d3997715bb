import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // the bundle works under whatever path the server mounts it
  logLevel: "warn",
  build: {
    chunkSizeWarningLimit: 5000, // kilobytes: the editor is one large part
    rolldownOptions: { checks: { moduleLevelDirective: false } }, // "use client" means nothing here
  },
});
