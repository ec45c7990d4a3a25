# pgvector is an extension of the database server; no buildpack is involved. Undoing this fails while a column of
# type vector is left, and that is wanted: nothing is dropped along with it.
class EnablePgvector < ActiveRecord::Migration[8.1]
  def up
    enable_extension "vector"
  end

  def down
    disable_extension "vector"
  end
end
