using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>Disks and paths that are not as one would like.</summary>
public sealed class HostileDiskTests
{
    [Fact]
    public void A_full_disk_is_told_in_one_line_and_what_was_there_stays()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", "some text to learn from, and some more of it");
        var disk = Directory.CreateDirectory(pellucid.File("disk")).FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=16k", "none", disk) == 0,
            "needs the right to mount a small disk");
        try
        {
            Assert.Equal(0, pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "258", "--out", "disk/words").Code);
            var before = File.ReadAllBytes(Path.Combine(disk, "words", "vocab.json"));
            foreach (var words in (string[][])[["tokenizer", "convert", "--tokenizer", "disk/words", "--to", "json", "--out", "disk/more"],
                ["train", "--steps", "2", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16",
                    "--eval-batches", "1", "--out", "disk/run"]])
            {
                var outcome = pellucid.Run(words);
                Assert.Equal(1, outcome.Code);
                Assert.Contains("No space left on device",
                    Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
            }
            Assert.Equal(before, File.ReadAllBytes(Path.Combine(disk, "words", "vocab.json")));
            Assert.Empty(Directory.GetFiles(disk, "*.tmp", SearchOption.AllDirectories));
        }
        finally
        {
            Run("umount", disk);
        }
    }

    [Fact]
    public void A_folder_where_a_file_should_be_and_a_path_that_cannot_be_are_told_in_one_line()
    {
        using var pellucid = new PellucidProcess();
        pellucid.File("a.txt", "some text");
        Directory.CreateDirectory(pellucid.File("model/model.safetensors"));
        Directory.CreateDirectory(pellucid.File("model/config.json"));
        Directory.CreateDirectory(pellucid.File("words/tokenizer.json"));
        TrainTests.AssertRefused(pellucid.Run("generate", "model", "x"), 1, "model is not a model folder");
        TrainTests.AssertRefused(pellucid.Run("tokenizer", "encode", "--tokenizer", "words", "x"), 1, "words has no tokenizer");
        TrainTests.AssertRefused(
            pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "258", "--out", "a.txt/words"), 1, "a.txt");
        TrainTests.AssertRefused(pellucid.Run("tokenizer", "encode", "--tokenizer", "a.txt", "x"), 1,
            "a.txt: 's' is an invalid start of a value");
    }

    [Theory]
    [InlineData("a.txt/x", "there is no")] // a file where a folder should be
    [InlineData("loop", "Too many levels of symbolic links|not a model folder")]
    [InlineData("/proc/self/mem", "Input/output error|is empty|not a model folder")] // there, and not to be read
    public void A_path_that_cannot_be_read_is_told_in_one_line_by_every_verb_that_reads(string path, string reasons)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's paths");
        using var pellucid = new PellucidProcess();
        File.CreateSymbolicLink(pellucid.File("loop"), "loop");
        pellucid.File("a.txt", "some text");
        foreach (var words in (string[][])
        [
            ["train", "--data", path, "--steps", "1", "--out", "out"],
            ["tokenizer", "train", "--data", path, "--size", "260", "--out", "out"], ["words", "train", "--data", path, "--out", "v.bin"],
            ["tokenizer", "encode", "--tokenizer", path, "x"], ["words", "near", path, "x"],
            ["generate", path, "x"], ["model", "show", path],
        ])
        {
            var outcome = pellucid.Run(words);
            Assert.Equal(1, outcome.Code);
            var line = Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
            Assert.True(line.Contains(path, StringComparison.Ordinal)
                && reasons.Split('|').Any(reason => line.Contains(reason, StringComparison.Ordinal)), $"{string.Join(' ', words)}: {line}");
        }
        Assert.Equal(["a.txt", "loop"], Directory.EnumerateFileSystemEntries(pellucid.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_file_that_one_may_not_read_is_told_in_one_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "needs a user who may not read everything");
        using var pellucid = new PellucidProcess();
        Assert.Equal(0, Run("chmod", "000", pellucid.File("a.txt", "some text")));
        foreach (var words in (string[][])[["train", "--data", "a.txt", "--steps", "1", "--out", "out"],
            ["tokenizer", "encode", "--tokenizer", "a.txt", "x"], ["words", "near", "a.txt", "x"]])
            TrainTests.AssertRefused(pellucid.Run(words), 1, "a.txt");
    }

    private static int Run(string command, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(command, words) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
