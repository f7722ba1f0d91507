using System.CommandLine;
using Pellucid.LongTests;

// Tests that take minutes or hours, one verb each; docs/long-tests.md holds what they said last.
var cases = new Option<long>("--cases") { Description = "Damaged files in all", DefaultValueFactory = _ => 10_000_000 };
var seed = new Option<ulong>("--seed") { Description = "Where all chance comes from", DefaultValueFactory = _ => 1 };
var threads = new Option<int>("--threads") { Description = "Threads", DefaultValueFactory = _ => Environment.ProcessorCount };
var rounds = new Option<int>("--rounds") { Description = "Runs that are killed", DefaultValueFactory = _ => 50 };
var vocabulary = new Option<string>("--tokenizer") { Description = "tiktoken ranks of GPT-2", Required = true };
var text = new Option<string>("--data") { Description = "A text file", Required = true };

var fuzz = new Command("fuzz", "Feeds every reader with damaged files.") { cases, seed, threads };
fuzz.SetAction(words => LongFuzz.Run(words.GetValue(cases), words.GetValue(seed), words.GetValue(threads)));
var kill = new Command("kill", "Kills training runs at random moments, resumes them, and compares bytes.") { rounds, seed };
kill.SetAction(words => KillLoop.Run(words.GetValue(rounds), words.GetValue(seed)));
var tokenizer = new Command("tokenizer", "Cuts a text into tokens in turn with Microsoft.ML.Tokenizers, on one thread.") { vocabulary, text };
tokenizer.SetAction(words => TokenizerRace.Run(words.GetValue(vocabulary)!, words.GetValue(text)!));
return new RootCommand("Tests that take long.") { fuzz, kill, tokenizer }.Parse(args).Invoke();
