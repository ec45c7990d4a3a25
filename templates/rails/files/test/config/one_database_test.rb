require "test_helper"

class OneDatabaseTest < ActiveSupport::TestCase
  TABLES = {
    "solid_queue" => 11, "solid_cache" => 1, "solid_cable" => 1, "active_storage" => 3
  }.freeze

  test "the tables of the gems stand beside the application's own" do
    tables = ActiveRecord::Base.connection.tables

    TABLES.each { |gem, count| assert_equal count, tables.count { |table| table.start_with?(gem) }, gem }
  end

  test "every record class uses the one connection pool" do
    pools = [ SolidQueue::Record, SolidCache::Record, SolidCable::Record ].map(&:connection_pool)

    assert_equal [ ActiveRecord::Base.connection_pool ], pools.uniq
  end

  test "no other database has migrations or a schema" do
    assert_empty Rails.root.glob("db/*_migrate")
    assert_empty Rails.root.glob("db/*_schema.rb")
  end

  test "no setting sends a gem to another database" do
    settings = Rails.root.glob("config/**/*.{rb,yml}").to_h { |file| [ file.basename.to_s, code_of(file) ] }

    assert_empty settings.select { |_, code| code.match?(/connects_to|^\s*databases?:\s*(cache|queue|cable)/) }.keys
  end

  # db:migrate of an empty database loads db/schema.rb first: tables that it lacks would never be made.
  test "db/schema.rb is as new as the last migration" do
    last = Rails.root.glob("db/migrate/*.rb").map { |file| file.basename.to_s.to_i }.max

    assert_equal last, Rails.root.join("db/schema.rb").read[/version: (\d[\d_]+)/, 1].delete("_").to_i
  end

  private

  def code_of(file)
    file.readlines.grep_v(/^\s*#/).join
  end
end
