using System.CommandLine;
using System.Diagnostics;
using Pellucid.Cli.Parsing;
using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>Words of the command as people get them wrong, and how they are helped.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly PellucidProcess _pellucid = new();

    public void Dispose() => _pellucid.Dispose();

    [Fact]
    public void What_cannot_be_counted_is_refused_and_where_it_went_wrong_is_told_beside_the_line()
    {
        TrainTests.AssertRefused(_pellucid.Run("generate", "tiny", "a", "--threads", "100000"), 2, "--threads cannot be 100000");
        TrainTests.AssertRefused(_pellucid.Run("train", "--layers", "0", "--out", "run"), 2, "layers");
        _pellucid.File("a.jsonl", """{"prompt": "a", "completion": "b"}""");
        TrainTests.AssertRefused(_pellucid.Run("tune", "evaluate", "tiny", "--data", "a.jsonl", "--answers", "0"), 2,
            "--answers must be at least 1");
        var outcome = _pellucid.Run("generate", "nowhere", "a", "--verbose");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("   at Pellucid.", outcome.Error, StringComparison.Ordinal);
        Assert.StartsWith("pellucid: there is no model folder nowhere", outcome.Error.TrimEnd().Split('\n')[^1],
            StringComparison.Ordinal);
        Assert.Equal("Anna", _pellucid.Run("tokenizer", "decode", "--tokenizer", "tiny",
            _pellucid.Run("tokenizer", "encode", "--tokenizer", "tiny", "Anna").Output.Trim()).Output.TrimEnd('\n'));
        _pellucid.File("b.jsonl", "{\"schema\": {}, \"tests\": []}\nnone\n");
        TrainTests.AssertRefused(_pellucid.Run("bench", "masks", "--data", "b.jsonl", "--tokenizer", "tiny"), 1, "b.jsonl, line 2: not an");
    }

    [Theory]
    [InlineData("--lr is '0,001', which is no number; one is written like 0.001 or 1e-3. See pellucid train --help",
        "train", "--lr", "0,001")]
    [InlineData("--lr is 'NaN', which is no number; one is written like 0.001 or 1e-3. See pellucid train --help", "train", "--lr", "NaN")]
    [InlineData("--lr is 1e999, which is too large. See pellucid train --help", "train", "--lr", "1e999")]
    [InlineData("--steps is '1,2,3', which is no whole number. See pellucid train --help", "train", "--steps", "1,2,3")]
    [InlineData("--seed is -1; it can be from 0 to 18446744073709551615. See pellucid train --help", "train", "--seed", "-1")]
    [InlineData("--temperature is '0,8', which is no number; one is written like 0.001 or 1e-3. See pellucid generate --help",
        "generate", "tiny", "Anna", "--temperature", "0,8")]
    [InlineData("pellucid train has no option --block-size; did you mean --context? See pellucid train --help",
        "train", "--data", "F", "--block-size", "32")]
    [InlineData("pellucid words near has no option --top; did you mean --count? See pellucid words near --help",
        "words", "near", "V", "baker", "--top", "4")]
    [InlineData("pellucid generate has no option --temp; did you mean --temperature? See pellucid generate --help",
        "generate", "tiny", "Anna", "--temp", "1")]
    [InlineData("pellucid has no verb 'genrate'; did you mean generate? See pellucid --help", "genrate", "tiny", "--temp", "1")]
    [InlineData("pellucid has no verb 'genrate'; did you mean generate? See pellucid --help", "help", "genrate")]
    [InlineData("pellucid look has no verb 'lans'; did you mean lens? See pellucid look --help", "look", "lans", "tiny")]
    [InlineData("--weights is 'q9'; it can be bf16, f16, f32, iq4_nl, iq4_xs, mxfp4, q2_K, q3_K, q4_0, q4_1, q4_K, "
        + "q5_0, q5_1, q5_K, q6_K, q8_0, stored. See pellucid generate --help",
        "generate", "tiny", "Anna", "--weights", "q9")]
    [InlineData("--norm is 'q'; it can be layer, rms. See pellucid train --help", "train", "--norm", "q")]
    [InlineData("SHELL is 'ksh'; it can be bash, fish, powershell, zsh. See pellucid completion --help", "completion", "ksh")]
    [InlineData("there is no device 'tpu'; there is cpu", "generate", "tiny", "Anna", "--device", "tpu")]
    [InlineData("--lr is there twice. See pellucid train --help", "train", "--lr", "1", "--lr", "2")]
    [InlineData("pellucid model pull needs NAME. See pellucid model pull --help", "model", "pull")]
    [InlineData("'b' is a word too many; quotation marks keep the words of a text together. See pellucid generate --help",
        "generate", "tiny", "a", "b")]
    public void What_is_wrong_is_named_with_what_was_meant_and_the_page_to_read(string complaint, params string[] words)
    {
        var run = _pellucid.Run(words);
        Assert.Equal((2, "", $"pellucid: {complaint}\n"), (run.Code, run.Output, run.Error));
    }

    [Fact]
    public void Every_number_of_every_verb_is_refused_unless_it_is_one_and_no_type_of_NET_is_named()
    {
        var root = PellucidCommand.CreateRoot();
        var asked = 0;
        foreach (var (path, option) in OptionsBelow(root, []))
        {
            var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
            if (Type.GetTypeCode(type) is < TypeCode.SByte or > TypeCode.Decimal)
                continue;
            asked++;
            foreach (var word in (string[])["1,5", "x", "1 2", "0x10", "1_000", "Infinity", "1e9999", "\u0661"])
            {
                string[] words = [.. path, option.Name, word];
                var complaint = Complaint.About(PellucidCommand.Parse(root, words), words);
                Assert.NotNull(complaint);
                Assert.DoesNotContain("System.", complaint, StringComparison.Ordinal);
                Assert.DoesNotContain("expected type", complaint, StringComparison.Ordinal);
                if (option.ValueType.IsEnum)
                    continue;
                var error = PellucidCommand.Parse(root, words).Errors.FirstOrDefault(error => error.Message.StartsWith(option.Name,
                    StringComparison.Ordinal));
                Assert.True(error is not null, $"{string.Join(' ', words)} was taken as a number");
            }
        }
        Assert.True(asked > 80, $"{asked} options were asked");
    }

    [Fact]
    public void Numbers_are_read_with_a_point_wherever_one_lives()
    {
        var run = _pellucid.Run("", ["generate", "tiny", "Anna", "--max-tokens", "1", "--temperature", "0.5", "--json"],
            ("LC_ALL", "de_DE.UTF-8"), ("LANG", "de_DE.UTF-8"));
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public void Words_that_begin_with_dashes_are_data_after_two_of_them()
    {
        var run = _pellucid.Run("generate", "tiny", "--max-tokens", "1", "--", "--lr");
        Assert.Equal(0, run.Code);
        Assert.StartsWith("--lr", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_may_begin_with_the_sign_of_an_address()
    {
        var run = _pellucid.Run("generate", "tiny", "@home", "--max-tokens", "1");
        Assert.Equal(0, run.Code);
        Assert.StartsWith("@home", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_names_no_verb_is_shown_what_there_is()
    {
        var (bare, help, asked) = (_pellucid.Run(), _pellucid.Run("help"), _pellucid.Run("--help"));
        Assert.Equal((0, 0, 0), (bare.Code, help.Code, asked.Code));
        Assert.Contains("generate", bare.Output, StringComparison.Ordinal);
        Assert.Equal(asked.Output, bare.Output);
        Assert.Equal(asked.Output, help.Output);
        Assert.Equal(_pellucid.Run("look", "lens", "--help").Output, _pellucid.Run("help", "look", "lens").Output);
        Assert.Equal(_pellucid.Run("look", "--help"), _pellucid.Run("look"));
    }

    [Fact]
    public void A_seed_can_be_drawn_and_is_told()
    {
        string[] words = ["generate", "tiny", "Anna", "--max-tokens", "8", "--seed"];
        var drawn = _pellucid.Run([.. words, "random"]);
        Assert.StartsWith("seed ", drawn.Error, StringComparison.Ordinal);
        Assert.Equal(drawn.Output, _pellucid.Run([.. words, drawn.Error["seed ".Length..].Trim()]).Output);
        Assert.NotEqual(drawn.Error, _pellucid.Run([.. words, "random"]).Error);
    }

    [Theory]
    [InlineData("completion", "comp")]
    [InlineData("lens", "look", "le")]
    [InlineData("--temperature", "generate", "tiny", "--te")]
    [InlineData("q4_0\nq4_1\nq4_K", "generate", "tiny", "--weights", "q4")]
    [InlineData("layer\nrms", "train", "--norm", "")]
    [InlineData("bash\nfish\npowershell\nzsh", "completion", "")]
    [InlineData("", "train", "--data", "a")]
    public void What_may_come_next_is_offered(string choices, params string[] words) =>
        Assert.Equal(choices, string.Join('\n', Completion.After(PellucidCommand.CreateRoot(), words)));

    [Fact]
    public void Bash_completes_words_by_the_script()
    {
        if (OperatingSystem.IsWindows() || !File.Exists("/bin/bash"))
        {
            Assert.Skip("needs bash");
            return;
        }
        var built = TestedCommand.Path;
        var command = _pellucid.File("pellucid", $"#!/bin/sh\nexec dotnet {built} \"$@\"\n");
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("/bin/bash",
            ["-c", "source <(pellucid completion bash); COMP_WORDS=(pellucid look at); COMP_CWORD=2; _pellucid; echo \"${COMPREPLY[@]}\""])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = $"{_pellucid.Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        Assert.Equal("attention attribute\n", process.StandardOutput.ReadToEnd());
    }

    private static IEnumerable<(string[] Path, Option Option)> OptionsBelow(Command command, string[] path) =>
        command.Options.Select(option => (path, option))
            .Concat(command.Subcommands.SelectMany(below => OptionsBelow(below, [.. path, below.Name])));
}
