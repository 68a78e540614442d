import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectOf } from '../../src/core/adds-only.ts';
import { linesOf, PATCH_KEPT } from '../../src/core/patch.ts';
import { added, modified } from '../fixtures/preflight/pair.ts';

const says = (path: string, text: string): string => {
  const effect = effectOf(added(path, text));
  return effect.kind === 'changes' ? (effect.why ?? 'changes') : effect.kind;
};

describe('a migration in SQL only adds when every statement does', () => {
  it.each([
    ['CREATE TABLE IF NOT EXISTS a (id int NOT NULL, b int REFERENCES c ON DELETE SET NULL ON UPDATE CASCADE);', 'adds'],
    ['create index concurrently if not exists i on a (b)', 'adds'],
    ['CREATE UNIQUE INDEX i ON a (b);', 'adds a rule'],
    ['CREATE TABLE a (b int); CREATE UNIQUE INDEX i ON a (b); ALTER TABLE a ADD CONSTRAINT u UNIQUE (b);', 'adds'],
    ['ALTER TABLE a ADD COLUMN b int;', 'adds'],
    ['ALTER TABLE ONLY "shop"."a" ADD COLUMN "drop" numeric(10, 2) DEFAULT 0 NOT NULL, ADD COLUMN c text NULL;', 'adds'],
    ['ALTER TABLE a ADD b VARCHAR(20) NULL, ADD INDEX (b);', 'adds'],
    ['ALTER TABLE a ADD COLUMN b int NOT NULL;', 'adds a required column'],
    ['ALTER TABLE a ADD COLUMN b int DEFAULT NULL NOT NULL;', 'adds a required column'],
    ['ALTER TABLE a ADD COLUMN b int, DROP COLUMN c;', 'drops a column'],
    ['ALTER TABLE a DROP c;', 'drops a column'],
    ['ALTER TABLE a ADD COLUMN b int UNIQUE;', 'adds a rule'],
    ['ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);', 'adds a rule'],
    ['ALTER TABLE a ALTER COLUMN b SET NOT NULL;', 'makes a column required'],
    ['ALTER TABLE a ALTER COLUMN b TYPE bigint;', 'changes a column'],
    ['ALTER TABLE a RENAME TO b;', 'renames something'],
    ['DROP TABLE a;', 'drops a table'],
    ['DROP VIEW a;', 'drops something'],
    ['UPDATE a SET b = 1;', 'changes rows'],
    ['TRUNCATE a;', 'changes rows'],
    ['CREATE OR REPLACE VIEW a AS SELECT 1;', 'changes'],
    ['CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();', 'changes'],
    ["COMMENT ON TABLE a IS 'to drop; table b';", 'adds'],
    ['-- DROP TABLE a;\n/* DROP TABLE b; */ CREATE TABLE c (id int);', 'adds'],
    ['BEGIN; CREATE TYPE mood AS ENUM (); COMMIT;', 'adds'],
    ["ALTER TYPE mood ADD VALUE 'sad';", 'changes'],
    ['CREATE TABLE a (id int)\nGO\nDROP TABLE b\nGO', 'drops a table'],
  ])('%s → %s', (text, expected) => {
    expect(says('db/migrations/0007_a.sql', text)).toBe(expected);
  });

  it.each([
    ['a second statement without a semicolon', 'CREATE TABLE a (id int)\nDROP TABLE b', 'changes'],
    ['a comment that MySQL executes', 'CREATE TABLE a (id int); /*!50000 DROP TABLE b */;', 'unreadable'],
    ['a backslash before a quote', "CREATE TABLE a (b text DEFAULT '\\'); DROP TABLE c; --');", 'unreadable'],
    ['a body of a function', 'DO $$ BEGIN DROP TABLE a; END $$;', 'unreadable'],
    ['a string that never ends', "CREATE TABLE a (b text DEFAULT 'x); DROP TABLE c;", 'unreadable'],
    ['a comment that never ends', 'CREATE TABLE a (id int); /* DROP TABLE c;', 'unreadable'],
    ['a way up after the way down', '-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n-- +goose Up\nDROP TABLE b;', 'drops a table'],
  ])('is not fooled by %s', (_, text, expected) => {
    expect(says('db/migrations/0007_a.sql', text)).toBe(expected);
  });

  it('never when one statement that takes away stands anywhere among the others', () => {
    const adding = [
      'CREATE TABLE t (id int);',
      'CREATE INDEX i ON t (b);',
      'ALTER TABLE a ADD COLUMN b int;',
      "-- it's a note\n",
      '/* x */',
      "COMMENT ON TABLE a IS 'a;b';",
    ];
    const taking = [
      'DROP TABLE a',
      'ALTER TABLE a DROP COLUMN b',
      'DELETE FROM a',
      'UPDATE a SET b = 1',
      'ALTER TABLE a RENAME b TO c',
      'ALTER TABLE a ALTER b SET NOT NULL',
    ];
    const space = fc.constantFrom(' ', '\n', '\t', '  ');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...adding), { maxLength: 8 }),
        fc.constantFrom(...taking),
        fc.array(fc.constantFrom(...adding), { maxLength: 8 }),
        space,
        fc.boolean(),
        (before, take, after, gap, small) => {
          const text = [...before, `${small ? take.toLowerCase() : take};`, ...after].join('\n').replaceAll(' ', gap);
          expect(says('db/migrations/0007_a.sql', text)).not.toBe('adds');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

const rails = (body: string) => says('db/migrate/20260311092011_a.rb', `class A < ActiveRecord::Migration[7.1]\n  def change\n    ${body}\n  end\nend`);
const django = (operations: string) =>
  says('shop/migrations/0007_a.py', `class Migration(migrations.Migration):\n    dependencies = []\n    operations = [${operations}]`);
const alembic = (body: string) => says('alembic/versions/4f1c2ab39d01_a.py', `def upgrade():\n    ${body}\n\n\ndef downgrade():\n    op.drop_table("a")`);
const knex = (body: string) =>
  says(
    'migrations/20260311_a.ts',
    `export async function up(knex: Knex) {\n  ${body}\n}\nexport async function down(knex: Knex) {\n  await knex.schema.dropTable('a');\n}`,
  );
const laravel = (body: string) =>
  says(
    'database/migrations/2026_03_11_092011_a.php',
    `<?php\npublic function up(): void\n{\n${body}\n}\npublic function down(): void\n{\n  Schema::drop('a');\n}`,
  );
const xml = (body: string) => says('db/changelog/7.xml', `<databaseChangeLog><changeSet id="7" author="m">${body}</changeSet></databaseChangeLog>`);

describe('a migration in the language of its framework', () => {
  it.each([
    ['Rails', rails('add_column :a, :b, :text'), 'adds'],
    ['Rails', rails('add_column :a, :b, :text, null: false'), 'adds a required column'],
    ['Rails', rails('add_column :a, :b, :text, null: false, default: nil'), 'adds a required column'],
    ['Rails', rails('add_column :a, :b, :text,\n      null: false'), 'adds a required column'],
    ['Rails', rails('add_index :a, :b, unique: true'), 'adds a rule'],
    ['Rails', rails('create_table :a do |t|\n t.text :b, null: false\n end\n add_index :a, :b, unique: true'), 'adds'],
    ['Rails', rails('create_table :a, force: :cascade do |t|\n end'), 'changes'],
    ['Rails', rails('add_timestamps :a'), 'adds a required column'],
    ['Rails', rails('change_table :a do |t|\n t.remove :b\n end'), 'changes a column'],
    ['Rails', rails('execute "CREATE TABLE a (id int)"'), 'runs code over the data'],
    ['Rails', rails('User.update_all(b: 1)'), 'runs code over the data'],
    ['Rails', rails('rename_column :a, :b, :c'), 'renames something'],
    ['Rails', rails('change_column_null :a, :b, false'), 'makes a column required'],
    ['Django', django('migrations.CreateModel("A", [("id", models.AutoField(primary_key=True))]),'), 'adds'],
    ['Django', django(''), 'adds'],
    ['Django', django('migrations.AddField("a", "b", models.TextField(db_default=""))'), 'adds'],
    ['Django', django('migrations.AddField("a", "b", models.ManyToManyField(to="c"))'), 'adds'],
    ['Django', django('migrations.AddField("a", "b", models.TextField())'), 'adds a required column'],
    ['Django', django('migrations.AddField("a", "b", models.TextField(help_text="null=True"))'), 'adds a required column'],
    ['Django', django('migrations.RemoveField("a", "b")'), 'drops a column'],
    ['Django', django('migrations.DeleteModel("a")'), 'drops a table'],
    ['Django', django('migrations.RenameField("a", "b", "c")'), 'renames something'],
    ['Django', django('migrations.AddConstraint("a", c)'), 'adds a rule'],
    ['Django', django('MyOperation()'), 'changes'],
    ['Django', django('*more()'), 'changes'],
    ['Alembic', alembic('op.add_column("a", sa.Column("b", sa.Integer(), nullable=False, server_default="0"))'), 'adds'],
    ['Alembic', alembic('op.add_column("a", sa.Column("b", sa.Integer(), nullable=False))'), 'adds a required column'],
    ['Alembic', alembic('with op.batch_alter_table("a") as batch_op:\n        batch_op.add_column(sa.Column("b", sa.Integer()))'), 'adds'],
    ['Alembic', alembic('with op.batch_alter_table("a") as batch_op:\n        batch_op.drop_column("b")'), 'drops a column'],
    ['Alembic', alembic('op.create_index("i", "a", ["b"], unique=True)'), 'adds a rule'],
    ['Alembic', alembic('op.execute("update a set b = 1")'), 'runs code over the data'],
    ['Alembic', alembic('op.alter_column("a", "b", nullable=False)'), 'changes a column'],
    ['Knex', knex("await knex.schema.alterTable('a', (t) => { t.string('b').nullable(); });"), 'adds'],
    ['Knex', knex("await knex.schema.alterTable('a', (t) => { t.string('b').notNullable(); });"), 'adds a required column'],
    ['Knex', knex("await knex.schema.alterTable('a', (t) => { t.dropColumn('b'); });"), 'drops a column'],
    ['Knex', knex("await knex.schema.alterTable('a', (t) => { t.string('b').unique(); });"), 'adds a rule'],
    ['Knex', knex("await knex.schema.alterTable('a', (t) => { t.string('b').alter(); });"), 'changes'],
    ['Knex', knex("await knex('a').update({ b: 1 });"), 'unreadable'],
    ['Laravel', laravel("Schema::create('a', function (Blueprint $table) {\n  $table->id();\n  $table->string('b')->unique();\n});"), 'adds'],
    ['Laravel', laravel("Schema::table('a', function (Blueprint $table) {\n  $table->string('b')->nullable();\n});"), 'adds'],
    ['Laravel', laravel("Schema::table('a', function (Blueprint $table) {\n  $table->dropColumn('b');\n});"), 'drops a column'],
    ['Laravel', laravel("DB::statement('drop table a');"), 'runs code over the data'],
    ['Liquibase', xml('<createTable tableName="a"><column name="b" type="int"><constraints nullable="false"/></column></createTable>'), 'adds'],
    ['Liquibase', xml('<addColumn tableName="a"><column name="b" type="int"><constraints nullable="false"/></column></addColumn>'), 'adds a required column'],
    [
      'Liquibase',
      xml('<addColumn tableName="a"><column name="b" type="int" defaultValueNumeric="0"><constraints nullable="false"/></column></addColumn>'),
      'adds',
    ],
    ['Liquibase', xml('<dropTable tableName="a"/>'), 'drops a table'],
    ['Liquibase', xml('<sql>drop table a</sql>'), 'changes'],
    ['Liquibase', xml('<createIndex tableName="a" indexName="i" unique="true"><column name="b"/></createIndex>'), 'adds a rule'],
    [
      'Liquibase in YAML',
      says(
        'db/changelog/7.yaml',
        'databaseChangeLog:\n  - changeSet:\n      id: 7\n      changes:\n        - addColumn:\n            tableName: a\n      rollback:\n        - dropColumn:\n            tableName: a',
      ),
      'adds',
    ],
    [
      'Liquibase in YAML',
      says('db/changelog/7.yaml', 'databaseChangeLog:\n  - changeSet:\n      id: 7\n      changes:\n        - dropColumn:\n            tableName: a'),
      'drops a column',
    ],
    ['Something else', says('db/migrations/7_a.exs', 'create table(:a)'), 'unreadable'],
  ])('%s → %s (%#)', (_, effect, expected) => {
    expect(effect).toBe(expected);
  });
});

describe('a patch', () => {
  const file = added('db/migrations/0007_a.sql', 'CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nDROP TABLE c;');
  it('that was cut off is not taken for the whole', () => {
    for (let length = 0; length < (file.patch?.length ?? 0) - 'DROP TABLE c;'.length; length += 1) {
      expect(effectOf({ ...file, patch: file.patch?.slice(0, length) ?? '' }).kind, `${length} characters`).toBe('unreadable');
    }
  });

  it('that was cut off within its last line is not taken for the whole', () => {
    const padded = (length: number): string =>
      added('db/migrations/0007_a.sql', `-- ${'x'.repeat(length)}\nALTER TABLE a ADD COLUMN b int NOT NULL;`).patch ?? '';
    const patch = padded(PATCH_KEPT - padded(0).indexOf(' NOT NULL')).slice(0, PATCH_KEPT);
    expect(patch.endsWith('ADD COLUMN b int')).toBe(true);
    expect(effectOf({ ...file, patch }).kind).toBe('unreadable');
  });

  it('is read line by line', () => {
    expect(linesOf(file)).toEqual({ added: ['CREATE TABLE a (id int);', 'CREATE TABLE b (id int);', 'DROP TABLE c;'], removed: [], complete: true });
  });

  it('that is missing, or whose headers lie, is not complete', () => {
    expect(linesOf({ path: 'a', status: 'modified' }).complete).toBe(false);
    expect(linesOf({ path: 'a', status: 'renamed' }).complete).toBe(true);
    expect(linesOf({ path: 'a', status: 'modified', patch: '@@ -1,1 +1,1 @@\n-a\n+b\n+c' }).complete).toBe(false);
    expect(linesOf({ path: 'a', status: 'modified', patch: 'Binary files differ' }).added).toEqual([]);
  });

  it('keeps lines that look like headers, and knows the sign of a missing last line break', () => {
    const patch = '@@ -1,2 +1,2 @@\n--- a\n+++ b\n @@ -9 +9 @@\n\\ No newline at end of file\n@@ -20 +20 @@\n-x\n+y';
    expect(linesOf({ path: 'a', status: 'modified', patch })).toEqual({ added: ['++ b', 'y'], removed: ['-- a', 'x'], complete: true });
  });

  it('of a versioned migration that was there before says nothing about what ran', () => {
    expect(effectOf(modified('db/migrations/0007_a.sql', ' CREATE TABLE a (id int);\n+CREATE TABLE b (id int);')).kind).toBe('unreadable');
    expect(effectOf(modified('db/changelog/all.sql', ' --changeset mira:1\n+--changeset mira:2\n+CREATE TABLE b (id int);')).kind).toBe('adds');
    expect(effectOf(modified('db/changelog/all.sql', '-CREATE TABLE a (id int);\n+CREATE TABLE b (id int);')).kind).toBe('unreadable');
  });

  it('however odd never throws and never takes long', () => {
    const paths = [
      'a/migrations/7.sql',
      'db/migrate/7_a.rb',
      'a/migrations/0007.py',
      'migrations/7_a.ts',
      'database/migrations/7_a.php',
      'db/changelog/7.xml',
      'db/changelog/7.yml',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.string({ unit: 'binary', maxLength: 300 }), (path, text) => {
        expect(['adds', 'changes', 'unreadable']).toContain(effectOf(added(path, text)).kind);
      }),
      { numRuns: 1_000 },
    );
    for (const path of paths) {
      for (const unit of ["'", '"', '(', '--', '/*', '<a ', '<column ', 'add_column :a,\n', 'migrations.AddField(', ' ', '\n-', 'exports.up ', '[a', '`']) {
        const started = performance.now();
        effectOf(
          added(path, `class Migration(migrations.Migration):\noperations = [\ndef upgrade():\nfunction up\nschema ${unit.repeat(3_500 / unit.length)}`),
        );
        expect(performance.now() - started, `${path} with ${unit}`).toBeLessThan(1_000);
      }
    }
  });
});
