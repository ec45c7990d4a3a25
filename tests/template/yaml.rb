# Reads the YAML files that are named as arguments the way Rails does, ERB first, in a made-up environment, and prints
# them as one JSON object: file => what it says. A file that cannot be read ends it with the parser's words.
require "erb"
require "json"
require "pathname"
require "yaml"

# What the emitted files ask of Rails.
module Rails
  def self.root = Pathname.new("/app")
  def self.env = "production"
end

class Integer
  def megabytes = self * 1024 * 1024
end

# Answers with the name of the variable that a file asks for, so that a test sees it; a default is kept.
environment = Object.new
def environment.[](name) = "value of #{name}"
def environment.fetch(_name, default) = default
Object.send(:remove_const, :ENV)
ENV = environment

documents = ARGV.to_h do |file|
  erb = ERB.new(File.read(file), trim_mode: "-")
  erb.filename = file
  [ file, YAML.safe_load(erb.result, aliases: true, filename: file) ]
end
puts JSON.generate(documents)
