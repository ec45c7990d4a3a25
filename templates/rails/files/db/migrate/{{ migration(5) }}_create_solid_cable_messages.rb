# The table of Solid Cable 4.0, in the application's own database.
class CreateSolidCableMessages < ActiveRecord::Migration[8.1]
  def change
    create_table :solid_cable_messages do |t|
      t.binary :channel, limit: 1024, null: false, index: true
      t.binary :payload, limit: 512.megabytes, null: false
      t.datetime :created_at, null: false, index: true
      t.bigint :channel_hash, null: false, index: true
    end
  end
end
