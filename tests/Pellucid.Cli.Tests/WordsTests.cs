using System.Diagnostics;

namespace Pellucid.Cli.Tests;

public sealed class WordsTests(WordsTests.World world) : IClassFixture<WordsTests.World>
{
    [Fact]
    public void Vectors_know_the_capitals_of_the_world_they_were_trained_on()
    {
        Assert.True(world.Training.GetProperty("words_per_second").GetDouble() > 0);
        Assert.True(world.Training.GetProperty("vocabulary_size").GetInt32() > 200);
        var answer = world.Run("words", "analogy", "v.txt", "france", "paris", "poland", "--json").Json;
        Assert.Equal("warsaw", answer.GetProperty("answer").GetString());
        Assert.Equal(10, answer.GetProperty("neighbours").GetArrayLength());
        var score = world.Run("words", "evaluate", "v.txt", "--questions", "micro-world", "--json").Json;
        Assert.InRange(score.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.Equal(1, score.GetProperty("coverage").GetDouble());
        Assert.Equal(2, score.GetProperty("categories").GetArrayLength());
        Assert.Equal("baker",
            world.Run("words", "odd", "v.txt", "paris", "berlin", "rome", "baker", "--json").Json.GetProperty("odd").GetString());
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_any_number_of_threads()
    {
        byte[] Vectors(string name, params string[] words)
        {
            Assert.Equal(0, world.Run(["words", "train", "--data", "text.txt", "--out", name, "--size", "20", "--epochs", "1",
                "--binary", .. words]).Code);
            return File.ReadAllBytes(Path.Combine(world.Folder, name));
        }
        world.Write("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat and the dog ran to the cat\n", 2000)));
        var one = Vectors("a.bin", "--threads", "1");
        Assert.Equal(one, Vectors("b.bin", "--threads", "2"));
        Assert.NotEqual(one, Vectors("c.bin", "--seed", "2"));
    }

    [Fact]
    public void A_vocabulary_is_saved_and_read()
    {
        world.Write("letters.txt", string.Concat(Enumerable.Repeat("a b a c\n", 9)));
        Assert.Equal(0,
            world.Run("words", "train", "--data", "letters.txt", "--out", "w.txt", "--save-vocab", "vocab.txt", "--size", "4").Code);
        Assert.Equal("</s> 9\na 18\nb 9\nc 9\n", File.ReadAllText(Path.Combine(world.Folder, "vocab.txt")));
        Assert.Equal(2, world.Run("words", "train", "--data", "letters.txt", "--out", "w.txt", "--read-vocab", "vocab.txt", "--min-count",
            "10", "--size", "4", "--json").Json.GetProperty("vocabulary_size").GetInt32());
    }

    [Fact]
    public void Clusters_pictures_phrases_and_bias_come_as_promised()
    {
        var clusters = world.Run("words", "cluster", "v.txt", "--clusters", "5", "--out", "clusters.txt", "--json").Json
            .GetProperty("clusters");
        Assert.InRange(clusters.GetArrayLength(), 2, 5);
        Assert.StartsWith("</s> ", File.ReadAllText(Path.Combine(world.Folder, "clusters.txt")), StringComparison.Ordinal);
        Assert.Equal(3, world.Run("words", "plot", "v.txt", "paris", "rome", "baker", "--out", "map", "--json").Json
            .GetProperty("words").GetArrayLength());
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(world.Folder, "map.svg")), StringComparison.Ordinal);
        Assert.Equal(0x89, File.ReadAllBytes(Path.Combine(world.Folder, "map.png"))[0]);
        Assert.True(world.Run("words", "phrases", "--data", "micro-world", "--letters", "--out", "phrases.txt", "--score", "npmi",
            "--json").Json.GetProperty("joined").GetInt32() > 100);
        world.Write("sets.json",
            """{"x":["paris","rome","berlin"],"y":["baker","cook","singer"],"a":["france","italy"],"b":["bread","soup"]}""");
        var bias = world.Run("words", "bias", "v.txt", "baker", "cook", "--association", "sets.json", "--json").Json;
        Assert.Equal(2, bias.GetProperty("projections").GetArrayLength());
        Assert.Equal(1 / 20.0, bias.GetProperty("association").GetProperty("p_value").GetDouble(), 1e-9);
    }

    [Fact]
    public void A_model_folder_stands_for_its_token_table()
    {
        world.Write("cats.txt", string.Concat(Enumerable.Repeat("The cat sat. A cat ran. ", 60)));
        Assert.Equal(0, world.Run("train", "--data", "cats.txt", "--tokenizer", "bpe:270", "--steps", "5", "--layers", "1", "--width", "16",
            "--heads", "2", "--context", "8", "--out", "model").Code);
        Assert.Equal(10, world.Run("words", "near", "model", "cat", "--json").Json.GetProperty("neighbours").GetArrayLength());
    }

    [Theory]
    [InlineData(1, "'xyz' is not among the", "near", "v.txt", "xyz")]
    [InlineData(1, "there is no file none.txt", "near", "none.txt", "a")]
    [InlineData(1, "lies.txt: the header promises 900 vectors of 5 numbers, but the file has 11 bytes", "near", "lies.txt", "a")]
    [InlineData(1, "empty.txt is empty", "train", "--data", "empty.txt", "--out", "x")]
    [InlineData(1, "rare.txt: none of its 2 words occurs 5 times; choose a lower minimum count", "train",
        "--data", "rare.txt", "--out", "x")]
    [InlineData(1, "there is no file none.txt", "evaluate", "v.txt", "--questions", "none.txt")]
    [InlineData(2, "the window must lie between 1 and 1,000", "train", "--data", "rare.txt", "--out", "x", "--window", "0")]
    [InlineData(2, "without noise words there must be hierarchical softmax", "train", "--data", "rare.txt",
        "--out", "x", "--negative", "0")]
    [InlineData(2, "--fast and --exact exclude each other", "train", "--data", "rare.txt", "--out", "x", "--fast", "--exact")]
    [InlineData(2, "give --questions, --similarity, or both", "evaluate", "v.txt")]
    [InlineData(2, "the odd one out needs at least three words", "odd", "v.txt", "paris", "rome")]
    public void What_is_wrong_is_told_in_one_line(int code, string message, params string[] words)
    {
        world.Write("lies.txt", "900 5\na 1 2");
        world.Write("empty.txt", "");
        world.Write("rare.txt", "one two");
        var outcome = world.Run(["words", .. words]);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(message, Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupting_writes_the_vectors_first()
    {
        world.Write("long.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat and the dog ran to the cat\n", 20000)));
        using var process = world.Start("words", "train", "--data", "long.txt", "--out", "stopped.txt",
            "--epochs", "100000", "--size", "8");
        Assert.NotNull(process.StandardOutput.ReadLine());
        Thread.Sleep(300);
        PellucidProcess.Interrupt(process);
        var outcome = PellucidProcess.Finish(process);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("the vectors as they are then are in stopped.txt", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, world.Run("words", "near", "stopped.txt", "cat").Code);
    }

    /// <summary>Vectors of the micro-world, for all tests.</summary>
    public sealed class World : IDisposable
    {
        private readonly PellucidProcess _process = new();

        public World() => Training = _process.Run("words", "train", "--data", "micro-world", "--letters", "--skip-gram",
            "--out", "v.txt", "--json").Json;

        public System.Text.Json.JsonElement Training { get; }

        public string Folder => _process.Folder;

        internal Outcome Run(params string[] words) => _process.Run(words);

        internal Process Start(params string[] words) => _process.Start(words);

        internal void Write(string name, string content) => _process.File(name, content);

        public void Dispose() => _process.Dispose();
    }
}
