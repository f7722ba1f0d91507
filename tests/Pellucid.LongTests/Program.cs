using System.CommandLine;
using Pellucid.LongTests;
using Pellucid.Tests.Scaling;

// Tests that take minutes or hours, one verb each; docs/long-tests.md holds what they said last.
var cases = new Option<long>("--cases") { Description = "Damaged files in all", DefaultValueFactory = _ => 10_000_000 };
var seed = new Option<ulong>("--seed") { Description = "Where all chance comes from", DefaultValueFactory = _ => 1 };
var readers = new Option<string[]>("--reader")
{
    Description = "Only readers whose names hold this; more than one may be given", DefaultValueFactory = _ => [],
};
var number = new Option<long?>("--case")
{
    Description = "Only this damaged file of the one --reader: what a failure prints; it is left in the folder hostile",
};
var threads = new Option<int>("--threads") { Description = "Threads", DefaultValueFactory = _ => Environment.ProcessorCount };
var rounds = new Option<int>("--rounds") { Description = "Runs that are killed", DefaultValueFactory = _ => 50 };
var vocabulary = new Option<string>("--tokenizer") { Description = "tiktoken ranks of GPT-2", Required = true };
var text = new Option<string>("--data") { Description = "A text file", Required = true };

var preset = new Option<string>("--preset") { Description = "Shape of the model", DefaultValueFactory = _ => "gpt2" };
var weights = new Option<string>("--weights") { Description = "f32, bf16 or q8_0", DefaultValueFactory = _ => "bf16" };
var context = new Option<int>("--context") { Description = "Context of the model", DefaultValueFactory = _ => 256 };
var streams = new Option<int>("--streams") { Description = "Streams side by side", DefaultValueFactory = _ => 64 };
var tokens = new Option<int>("--tokens") { Description = "Tokens of a stream", DefaultValueFactory = _ => 64 };
var requests = new Option<int>("--requests") { Description = "Requests while memory is watched", DefaultValueFactory = _ => 10_000 };
var length = new Option<int>("--length") { Description = "Tokens of the text that is looked at", DefaultValueFactory = _ => 32 };
var steps = new Option<int>("--steps") { Description = "Steps of training", DefaultValueFactory = _ => 600 };
var width = new Option<int>("--width") { Description = "Width of the models", DefaultValueFactory = _ => 64 };
var family = new Option<string?>("--family") { Description = "Only this family, beside GPT-2's shape" };
var rate = new Option<float?>("--rate") { Description = "Largest learning rate, if not the family's own" };
var warmup = new Option<int?>("--warmup") { Description = "Steps in which it rises, if not the family's own" };
var disconnects = new Option<int>("--disconnects") { Description = "Clients that vanish", DefaultValueFactory = _ => 200 };

var fuzz = new Command("fuzz", "Feeds every reader with damaged files.") { cases, seed, threads, readers, number };
fuzz.SetAction(words => words.GetValue(number) is { } one
    ? LongFuzz.RunOne(words.GetValue(readers)!.SingleOrDefault(""), words.GetValue(seed), one)
    : LongFuzz.Run(words.GetValue(cases), words.GetValue(seed), words.GetValue(threads), words.GetValue(readers)!));
var kill = new Command("kill", "Kills training runs at random moments, resumes them, and compares bytes.") { rounds, seed };
kill.SetAction(words => KillLoop.Run(words.GetValue(rounds), words.GetValue(seed)));
var kills = new Option<int>("--kills") { Description = "Ranks that are killed", DefaultValueFactory = _ => 20 };
var ranks = new Option<int>("--ranks") { Description = "Ranks to begin with", DefaultValueFactory = _ => 4 };
var launcher = new Option<string>("--launcher") { Description = "What starts ranks", DefaultValueFactory = _ => "mpirun.openmpi" };
var killRanks = new Command("kill-ranks", "Kills ranks of trainings, resumes with fewer, and compares bytes.")
{
    kills, ranks, launcher, seed
};
killRanks.SetAction(words => RankKillLoop.Run(words.GetValue(kills), words.GetValue(ranks), words.GetValue(launcher)!,
    words.GetValue(seed)));
var sets = new Option<int>("--sets") { Description = "Data sets", DefaultValueFactory = _ => 200 };
var coverage = new Command("coverage", "Fits laws to drawn runs, and counts how often intervals of 95 % hold the truth.") { sets, seed };
coverage.SetAction(words =>
{
    var shares = LawCoverage.Of(words.GetValue(sets), words.GetValue(seed), CancellationToken.None);
    Console.WriteLine($"{words.GetValue(sets)} data sets, seed {words.GetValue(seed)}: "
        + string.Join(", ", shares.Select(number => $"{number.Name} {100 * number.Share:0.0} %")));
    return shares.All(number => number.Share is >= 0.9 and <= 0.98) ? 0 : 1;
});
var tokenizer =
    new Command("tokenizer", "Cuts a text into tokens in turn with Microsoft.ML.Tokenizers, on one thread.") { vocabulary, text };
tokenizer.SetAction(words => TokenizerRace.Run(words.GetValue(vocabulary)!, words.GetValue(text)!));
var serve = new Command("serve", "Loads a server: streams side by side, thousands of requests, clients that vanish.")
{
    preset, weights, context, threads, streams, tokens, requests, disconnects
};
serve.SetAction(words => ServerLoad.Run(words.GetValue(preset)!, words.GetValue(weights)!, words.GetValue(context), words.GetValue(threads),
    words.GetValue(streams), words.GetValue(tokens), words.GetValue(requests), words.GetValue(disconnects)));
var explore = new Command("explore",
    "Measures in a browser how soon the explorer shows what an intervention does.") { preset, context, threads, length };
explore.SetAction((words, _) =>
    ExplorerDelay.RunAsync(words.GetValue(preset)!, words.GetValue(context), words.GetValue(length), words.GetValue(threads)));
var large = new Option<string>("--preset") { Description = "Shape of the model", DefaultValueFactory = _ => "tinyllama-1.1b" };
var patience = new Option<int>("--patience") { Description = "Seconds after which a panel is stopped", DefaultValueFactory = _ => 60 };
var wait = new Command("patience", "Opens every panel of the explorer on a large model, and looks at what is said while one waits.")
{
    large, context, threads, patience,
};
wait.SetAction((words, _) =>
    ExplorerPatience.RunAsync(words.GetValue(large)!, words.GetValue(context), words.GetValue(threads), words.GetValue(patience)));
var opened = new Option<string[]>("--model")
{
    Description = "Models that are opened side by side", DefaultValueFactory = _ => ["tiny", "tiny+assistant"],
};
var during = new Option<int>("--seconds") { Description = "How long", DefaultValueFactory = _ => 600 };
var chance = new Option<int>("--seed") { Description = "Where what is clicked comes from", DefaultValueFactory = _ => 1 };
var haste = new Command("haste", "Clicks through the explorer at random without waiting, and looks whether the page lives on.")
{
    opened, during, chance, threads,
};
haste.SetAction((words, _) => ExplorerHaste.RunAsync(words.GetValue(opened)!, words.GetValue(during), words.GetValue(chance),
    words.GetValue(threads)));
var families =
    new Command("families", "Trains a small model of every family beside one of GPT-2's shape.")
    {
        steps, width, threads, family, rate, warmup
    };
families.SetAction(words => FamilyRace.Run(words.GetValue(steps), words.GetValue(width), words.GetValue(threads),
    words.GetValue(family), words.GetValue(rate), words.GetValue(warmup)));
var schemas = new Option<int>("--schemas") { Description = "Random schemas", DefaultValueFactory = _ => 1000 };
var written = new Command("schemas", "Writes by random schemas, and lets another validator judge.") { schemas, seed, threads };
written.SetAction(words => SchemaCases.Run(words.GetValue(schemas), words.GetValue(seed), words.GetValue(threads)));
var learned = new Option<int>("--steps") { Description = "Steps of learning", DefaultValueFactory = _ => 2000 };
var features = new Command("features", "Learns features of the built-in model and holds them to their bars.") { learned, threads };
features.SetAction(words => FeaturesOfTiny.Run(words.GetValue(learned), words.GetValue(threads)));
var folder = new Option<string?>("--features")
{
    Description = "A folder of transcoders, as look features train --layer 0 1 2 3 writes them, instead of learning some",
};
var attribution =
    new Command("attribution", "Traces Poland → Warsaw in the built-in model through transcoders, and takes features away.")
    {
        learned, threads, folder,
    };
attribution.SetAction(words => AttributionOfTiny.Run(words.GetValue(learned), words.GetValue(threads),
    words.GetValue(folder)));
var seconds = new Option<int>("--seconds") { Description = "Seconds beside the other client", DefaultValueFactory = _ => 60 };
var share = new Command("share", "Times one client's two tokens beside another's 128 texts of 4096.") { preset, weights, seconds, threads };
share.SetAction(words => ServerSharing.Run(words.GetValue(preset)!, words.GetValue(weights)!, words.GetValue(seconds),
    words.GetValue(threads)));
var firstCase = new Option<long>("--from") { Description = "The first case" };
var constraints = new Command("constraints", "Feeds the compilers of schemas, grammars and expressions with damaged ones.")
{
    cases, seed, firstCase, threads
};
constraints.SetAction(words => LongFuzz.RunConstraints(words.GetValue(cases), words.GetValue(seed), words.GetValue(firstCase),
    words.GetValue(threads)));
var assistant = new Command("assistant", "Makes an assistant of the built-in model, and judges each stage.") { seed, threads };
assistant.SetAction(words => AssistantStages.Run(words.GetValue(seed), words.GetValue(threads)));
return new RootCommand("Tests that take long.")
{
    fuzz, constraints, share, written, kill, killRanks, coverage, tokenizer, serve, explore, wait, haste, families, features, attribution,
    assistant,
}.Parse(args).Invoke();
