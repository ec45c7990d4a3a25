# Prints as SQL what migrations and db/schema.rb say: schema_sql.rb up|down FILE...
#
# A small stand-in for Active Record, which is not at hand where the tests run. It knows the statements that the
# template uses, and ends with an error at any other, so that nothing is skipped unseen.

class Integer
  def megabytes = self * 1024 * 1024
end

class Table
  TYPES = {
    string: "character varying", text: "text", integer: "integer", bigint: "bigint", boolean: "boolean",
    datetime: "timestamp(6) without time zone", binary: "bytea", vector: "vector"
  }.freeze

  attr_reader :columns, :indexes, :keys

  def initialize(name)
    @name, @columns, @indexes, @keys = name, [ '"id" bigserial primary key' ], [], []
  end

  TYPES.each do |type, sql|
    define_method(type) do |name, limit: nil, null: true, default: nil, index: nil|
      # PostgreSQL knows no limit of bytea.
      sized = limit && type != :binary ? "#{sql}(#{limit})" : sql
      @columns << [ %("#{name}"), sized, ("DEFAULT #{literal(default)}" unless default.nil?), ("NOT NULL" unless null) ].compact.join(" ")
      self.index(name, **(index == true ? {} : index)) if index
    end
  end

  def timestamps
    datetime :created_at, null: false
    datetime :updated_at, null: false
  end

  def references(name, null: true, polymorphic: false, index: true, foreign_key: nil)
    bigint "#{name}_id", null: null
    string "#{name}_type", null: null if polymorphic
    self.index("#{name}_id", **(index == true ? {} : index)) if index
    @keys << [ @name, foreign_key.fetch(:to_table), { column: "#{name}_id" } ] if foreign_key
  end
  alias belongs_to references

  def index(columns, name: nil, unique: false, using: nil, opclass: nil)
    columns = Array(columns)
    name ||= "index_#{@name}_on_#{columns.join("_and_")}"
    listed = columns.map { |column| [ %("#{column}"), opclass ].compact.join(" ") }.join(", ")
    @indexes << %(CREATE #{"UNIQUE " if unique}INDEX "#{name}" ON "#{@name}" #{"USING #{using} " if using}(#{listed});)
  end

  private

  def literal(value) = value.is_a?(String) ? "'#{value}'" : value.to_s
end

module Statements
  def enable_extension(name)
    puts %(CREATE EXTENSION IF NOT EXISTS "#{name}";) unless name == "pg_catalog.plpgsql"
  end

  # Without CASCADE: what still uses the extension keeps it.
  def disable_extension(name) = puts(%(DROP EXTENSION IF EXISTS "#{name}";))

  def create_table(name, force: nil)
    raise "unknown force: #{force}" unless [ nil, :cascade ].include?(force)

    table = Table.new(name)
    yield table
    puts %(CREATE TABLE "#{name}" (#{table.columns.join(", ")});), table.indexes
    table.keys.each { |from, to, options| add_foreign_key(from, to, **options) }
  end

  def add_foreign_key(from, to, column: nil, on_delete: nil)
    column ||= "#{to.to_s.split("_").last.delete_suffix("s")}_id"
    rule = " ON DELETE #{on_delete.upcase}" if on_delete
    puts %(ALTER TABLE "#{from}" ADD FOREIGN KEY ("#{column}") REFERENCES "#{to}" ("id")#{rule};)
  end
end

module ActiveRecord
  class Migration
    include Statements

    MADE = []
    def self.[](version) = version == 8.1 ? self : raise("Unknown migration version #{version}")
    def self.inherited(migration) = MADE << migration
  end

  class Schema
    include Statements

    def self.[](version) = Migration[version] && self
    def self.define(version:, &block) = new.instance_eval(&block)
  end
end

direction, *files = ARGV
files.each { |file| load file }
ActiveRecord::Migration::MADE.each do |migration|
  migration.new.public_send(migration.method_defined?(direction, false) ? direction : :change)
end
