"""Everything that a restore can be refused for, asked before anything is written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.backup.archive import ALTERED, MANIFEST, BackupFailed, Manifest, require_room
from core.backup.dump import Dump
from core.files.owner import StoreOfAnother, mark_of
from core.files.store import DocumentStore, store_errors
from core.language import Text
from core.migrations import missing_revisions, unknown_revisions
from core.personal import KeysUnusable, Sealed, Vault, place_of_fact
from core.personal.keys import KeyRing
from core.plugins import Plugins
from core.settings import Settings

OLDER_SERVER = Text(
    "백업은 PostgreSQL {backup}의 것인데 이 서버는 {server}입니다. {backup} 이상의 서버에 복원하세요.",
    "The backup is of PostgreSQL {backup} and this server is {server}. Restore it into {backup} or later.",
)
NOT_EMPTY = Text(
    "데이터베이스가 비어 있지 않습니다(표 {tables}개). 지금 있는 것을 버리고 복원하려면 --replace를 붙이세요.",
    "The database is not empty ({tables} tables). To restore in place of what is there, add --replace.",
)
IN_USE = Text(
    "다른 연결 {others}개가 이 데이터베이스를 쓰고 있습니다. dure serve와 dure worker를 먼저 멈추세요.",
    "{others} other connections use this database. Stop dure serve and dure worker first.",
)
NO_RIGHT = Text(
    "이 데이터베이스 사용자({user})는 복원할 권한이 없습니다. 데이터베이스의 소유자로 접속하세요.",
    "The database user {user} may not restore. Connect as the owner of the database.",
)
NEWER_SHAPE = Text(
    "백업에는 이 설치가 모르는 데이터베이스 개정이 있습니다: {revisions}. 백업을 만든 버전 이상의 Dure와 그때의"
    " 플러그인을 설치한 뒤 복원하세요.",
    "The backup has database revisions that this installation does not know: {revisions}. Install the Dure that made"
    " the backup, or a later one, with its plugins, then restore.",
)
PLUGINS_MISSING = Text(
    "백업을 만든 Dure의 플러그인이 이 설치에 없습니다: {plugins}. 설치한 뒤 복원하세요.",
    "Plugins of the Dure that made the backup are not installed here: {plugins}. Install them, then restore.",
)
WRONG_KEYS = Text(
    "백업의 개인정보를 이 키로는 읽을 수 없습니다({why}). 백업할 때의 키를 DURE_PERSONAL_KEYS에 지정하거나"
    " personal.key를 데이터 폴더에 두세요.",
    "The personal data of the backup cannot be read with these keys ({why}). Set DURE_PERSONAL_KEYS to the keys of the"
    " time of the backup, or put that personal.key into the data folder.",
)
STORE_OF_ANOTHER = Text(
    "문서 저장소는 다른 Dure의 것입니다. 빈 폴더나 버킷을 DURE_DOCUMENTS_URL에 지정하세요.",
    "The store of documents belongs to another Dure. Set DURE_DOCUMENTS_URL to an empty folder or bucket.",
)
STORE_SILENT = Text("문서 저장소를 쓸 수 없습니다: {why}.", "The store of documents cannot be used: {why}.")
PATIENCE = 50  # tenths of a second
SECRETS, REVISIONS = "house_secret", "alembic_version"
# Who may not see others' sessions in full still sees whose they are; PostgreSQL's own have no user.
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'"
)
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
RIGHTS = """
    SELECT has_database_privilege(current_database(), 'CREATE') AND pg_has_role(n.nspowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND NOT pg_has_role(c.relowner, 'USAGE'))
    FROM pg_namespace n WHERE n.nspname = 'public'
"""
DATA_FOLDER = "SELECT setting FROM pg_settings WHERE name = 'data_directory' AND inet_server_addr() IS NULL"
FACTS = "SELECT DISTINCT ON (key_id) key_id, activity_id, name, sealed FROM personal_fact WHERE key_id IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """복원 대상: the database that is open on `connection`, with these settings and plugins."""

    connection: asyncpg.Connection
    settings: Settings
    plugins: Plugins

    async def require_use(self, manifest: Manifest, *, replace: bool) -> None:
        """Nobody else uses it, it is empty or may be replaced, the server is new enough, and the user may do it."""
        server = self.connection.get_server_version().major
        if server < manifest.server:
            raise BackupFailed(OLDER_SERVER, backup=str(manifest.server), server=str(server))
        await self._require_nobody_else()
        tables = await self.connection.fetchval(TABLES)
        if tables and not replace:
            raise BackupFailed(NOT_EMPTY, tables=tables)
        if not await self.connection.fetchval(RIGHTS):
            raise BackupFailed(NO_RIGHT, user=await self.connection.fetchval("SELECT current_user"))

    async def _require_nobody_else(self) -> None:
        """A session that has just been closed is there for another moment."""
        for _ in range(PATIENCE):
            others = await self.connection.fetchval(OTHERS)
            if not others:
                return
            await asyncio.sleep(0.1)
            await self.connection.execute("SELECT pg_stat_clear_snapshot()")
        raise BackupFailed(IN_USE, others=others)

    async def require_fit(self, manifest: Manifest, dump: Dump) -> KeyRing | None:
        """This installation knows all that the backup holds, its keys open it, and its store takes the documents.

        The keys, or None when nothing in the backup needs any.
        """
        found = await dump.rows_of((SECRETS, REVISIONS))
        revisions = sorted(row["version_num"] or "" for row in found[REVISIONS])
        if revisions != sorted(manifest.revisions):
            raise BackupFailed(ALTERED, part=MANIFEST)
        self._require_plugins(manifest, revisions)
        ring, vault = self._opened(manifest, found[SECRETS])
        await self._require_store(vault)
        await self._require_room(manifest)
        return ring

    async def require_readable(self, ring: KeyRing | None) -> None:
        """The keys open what is in the database now: of each key one fact is tried. Raises `BackupFailed`."""
        for row in await self.connection.fetch(FACTS):
            try:
                if ring is None:
                    raise KeysUnusable(row["key_id"])
                ring.open(Sealed(row["key_id"], row["sealed"]), place_of_fact(row["activity_id"], row["name"]))
            except KeysUnusable as error:
                raise BackupFailed(WRONG_KEYS, why=error) from error

    def _require_plugins(self, manifest: Manifest, revisions: Sequence[str]) -> None:
        missing = set(manifest.plugins or ()) - set(self.plugins.names)
        if missing:
            raise BackupFailed(PLUGINS_MISSING, plugins=", ".join(sorted(missing)))
        unknown = unknown_revisions(revisions, self.plugins.tables)
        # a plugin that was gone when the backup was made has left its revision, with which that Dure worked
        gone_before = manifest.plugins is not None and not missing_revisions(revisions, self.plugins.tables)
        if unknown and not gone_before:
            raise BackupFailed(NEWER_SHAPE, revisions=", ".join(unknown))

    def _opened(
        self, manifest: Manifest, secrets: Sequence[Mapping[str, str | None]]
    ) -> tuple[KeyRing | None, Vault | None]:
        if not secrets and not manifest.keys:
            return None, None
        try:
            ring = KeyRing.of(self.settings, make=False)
            for key in manifest.keys or ():
                ring.require(key)
            sealed = {
                row["purpose"] or "": Sealed(row["key_id"] or "", bytes.fromhex((row["sealed"] or "")[2:]))
                for row in secrets
            }
            return ring, Vault.opened(ring, sealed)
        except KeysUnusable as error:
            raise BackupFailed(WRONG_KEYS, why=error) from error

    async def _require_store(self, vault: Vault | None) -> None:
        try:
            found = await DocumentStore.of(self.settings).mark()
            if found is not None and (vault is None or found != mark_of(vault)):
                raise StoreOfAnother
        except StoreOfAnother as error:
            raise BackupFailed(STORE_OF_ANOTHER) from error
        except store_errors() as error:
            raise BackupFailed(STORE_SILENT, why=type(error).__name__) from error

    async def _require_room(self, manifest: Manifest) -> None:
        """For the database beside what is there, where the server is on this machine and says where its files are."""
        folder = await self.connection.fetchval(DATA_FOLDER)
        if folder is not None:
            require_room(Path(folder), manifest.restored_size or manifest.database_size)
