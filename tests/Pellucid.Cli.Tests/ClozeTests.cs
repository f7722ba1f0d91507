namespace Pellucid.Cli.Tests;

/// <summary><c>evaluate cloze</c>, and the micro-world as data.</summary>
public sealed class ClozeTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public void What_a_model_has_learned_by_heart_it_says()
    {
        File.WriteAllText(Path.Combine(model.Folder, "cats.tsv"),
            "狗在花园里跑。🎉 The cat\tsat.\tran.\n狗在花园里\t跑。\n");
        var json = model.Run("evaluate", "cloze", "model", "--data", "cats.tsv", "--json").Json;
        Assert.Equal(2, json.GetProperty("questions").GetInt32());
        var group = Assert.Single(json.GetProperty("groups").EnumerateArray().ToArray());
        Assert.Equal("cats", group.GetProperty("group").GetString());
        Assert.Equal(1, group.GetProperty("preferred").GetDouble());
        Assert.True(group.GetProperty("log_odds").GetDouble() > 1);
        foreach (var field in (string[])["accuracy", "accuracy_low", "accuracy_high", "probability"])
            Assert.InRange(group.GetProperty(field).GetDouble(), 0, 1);
        var shown = model.Run("evaluate", "cloze", "model", "--data", "cats.tsv", "--svg", "cats.svg").Output;
        Assert.Contains("n = 2 questions, seed 2026, BOS off, nothing is ablated", shown, StringComparison.Ordinal);
        Assert.Contains("cats", shown, StringComparison.Ordinal);
        Assert.Contains("of 2", File.ReadAllText(Path.Combine(model.Folder, "cats.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_relation_is_asked_after_its_first_pairs()
    {
        File.WriteAllText(Path.Combine(model.Folder, "sits.json"), """
            { "name": "sits", "prompt_templates": ["The {}"],
              "samples": [{ "subject": "dog", "object": "ran." }, { "subject": "cat", "object": "sat." }] }
            """);
        string[] words = ["evaluate", "cloze", "model", "--data", "sits.json", "--json"];
        Assert.Equal(2, model.Run(words).Json.GetProperty("questions").GetInt32());
        var group = model.Run([.. words, "--examples", "1"]).Json.GetProperty("groups")[0];
        Assert.Equal(("sits", 1), (group.GetProperty("group").GetString(), group.GetProperty("questions").GetInt32()
            + group.GetProperty("too_long").GetInt32()));
        TrainTests.AssertRefused(model.Run([.. words, "--examples", "2"]), 2, "--examples must lie between 0 and 1");
        TrainTests.AssertRefused(model.Run("evaluate", "cloze", "model", "--data", "micro-world/tenses", "--examples", "2"), 2,
            "belong to relations");
    }

    [Fact]
    public void Questions_of_the_micro_world_come_by_phenomenon_and_split()
    {
        var groups = model.Run("evaluate", "cloze", "model", "--data", "micro-world/tenses", "--count", "20", "--json").Json
            .GetProperty("groups").EnumerateArray().ToArray();
        Assert.Equal(["tenses: past", "tenses, held out: past"], groups.Select(group => group.GetProperty("group").GetString()));
        Assert.All(groups, group => Assert.Equal(20, group.GetProperty("questions").GetInt32() + group.GetProperty("too_long").GetInt32()));
    }

    [Fact]
    public void Wrong_questions_are_refused_in_one_line()
    {
        TrainTests.AssertRefused(model.Run("evaluate", "cloze", "model", "--data", "nowhere.tsv"), 1, "there is no file nowhere.tsv");
        TrainTests.AssertRefused(model.Run("evaluate", "cloze", "model", "--data", "micro-world/physics"), 2,
            "the micro-world has no 'physics'; it has gifts, capitals");
        TrainTests.AssertRefused(model.Run("evaluate", "cloze", "model", "--count", "0"), 2, "--count must be above 0");
        File.WriteAllText(Path.Combine(model.Folder, "wrong.tsv"), "a\tb\nonly a prompt\n");
        TrainTests.AssertRefused(model.Run("evaluate", "cloze", "model", "--data", "wrong.tsv"), 1,
            "wrong.tsv: line 2 is not a prompt and an answer with a tab between them");
    }

    [Fact]
    public void The_micro_world_comes_in_any_size()
    {
        double Tokens(string size) =>
            model.Run("evaluate", "loss", "model", "--data", size, "--json").Json.GetProperty("tokens").GetDouble();
        Assert.Equal(2, Tokens("micro-world") / Tokens("micro-world:1MB"), 0.02);
        TrainTests.AssertRefused(model.Run("train", "--data", "micro-world:manyMB"), 2,
            "'micro-world:manyMB' is not a text; the built-in one is micro-world, or micro-world:NMB for N megabytes of it, at most 1000");
    }
}
