# The table of Solid Cache 1.0, in the application's own database.
class CreateSolidCacheEntries < ActiveRecord::Migration[8.1]
  def change
    create_table :solid_cache_entries do |t|
      t.binary :key, limit: 1024, null: false
      t.binary :value, limit: 512.megabytes, null: false
      t.datetime :created_at, null: false
      t.bigint :key_hash, null: false, index: { unique: true }
      t.integer :byte_size, null: false, index: true

      t.index %i[key_hash byte_size]
    end
  end
end
