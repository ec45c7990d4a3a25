# Proves that Ruby can compile the ERB files that are named as arguments. A block in `<%= … do %>` is no plain ERB but
# Rails' own, so output is compiled here as if it were not printed; and as a method, where a layout may yield.
require "erb"

broken = ARGV.filter_map do |file|
  code = ERB.new(File.read(file).gsub("<%=", "<%"), trim_mode: "-").src
  RubyVM::InstructionSequence.compile("def view\n#{code}\nend", file, file, 0)
  nil
rescue SyntaxError => error
  error.message
end
abort broken.join("\n") if broken.any?
