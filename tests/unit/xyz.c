/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "molecule/xyz.h"

#define PATH "unit_xyz.xyz"

static void write_text(const char *text)
{
    FILE *file = fopen(PATH, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static dia_status read_text(const char *text, dia_xyz *xyz, dia_error *error)
{
    write_text(text);
    dia_error_clear(error);
    dia_status status = dia_xyz_read(xyz, PATH, error);
    remove(PATH);
    return status;
}

static void test_plain(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_xyz xyz;
    assert_ok(read_text("2\nany words, even key\nO 0 0 1\nh 0.5 -1e-1 0\n\n", &xyz, &error), &error);
    assert_int_equal(xyz.nframe, 1);
    assert_int_equal(xyz.molecule.numbers[1], 1);
    assert_close(xyz.R[3], 0.5 / 0.529177210903, 1e-14, 0);
    assert_null(xyz.V);
    assert_int_equal(xyz.state[0], -1);
    assert_close(xyz.weight[0], 1.0, 0, 0);
    assert_close(xyz.molecule.masses[0], dia_element_mass(8), 0, 0);
    dia_xyz_free(&xyz);
}

static void test_extended(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_xyz xyz;
    assert_ok(
        read_text("1\r\nstate=2 Lattice=\"1 0 0 0 1 0 0 0 1\" note=\"a \\\"quoted\\\" = word\" list=[1, 2, [3]] "
                  "Properties=forces:R:3:species:S:1:tag:I:1:pos:R:3:velo:R:3:masses:R:1 weight=0.25 pbc=\"F F F\"\r\n"
                  "9 9 9 H 7 1 2 3 0.01 0.02 -0.03 2.014\r\n"
                  "1\nProperties=species:S:1:pos:R:3:velo:R:3\nH 4 5 6 1 1 1\n",
                  &xyz, &error),
        &error);
    assert_int_equal(xyz.nframe, 2);
    assert_int_equal(xyz.state[0], 2);
    assert_int_equal(xyz.state[1], -1);
    assert_close(xyz.weight[0], 0.25, 0, 0);
    assert_close(xyz.R[4], 5 * DIA_ANGSTROM, 1e-15, 0);
    /* 1 bohr per atomic unit of time = 0.529177 Angstrom / 0.02418884 fs = 21.876913 Angstrom/fs */
    assert_close(xyz.V[2], -0.03 / 21.87691262, 1e-8, 0);
    assert_non_null(xyz.masses);
    assert_close(xyz.molecule.masses[0], 2.014 * DIA_DALTON, 1e-15, 0);
    dia_xyz_free(&xyz);
}

static void test_round_trip(void **state)
{
    (void)state;
    dia_error error = {0};
    const int numbers[] = {6, 8};
    double R[12], V[12], weight[] = {1.0, 1.0 / 3.0};
    int states[] = {1, 0};
    dia_xyz out = {.nframe = 2, .R = R, .V = V, .state = states, .weight = weight}, in;
    assert_ok(dia_molecule_init(&out.molecule, 2, 3, numbers, &error), &error);
    out.molecule.masses[1] = 17.999 * DIA_DALTON;
    for (int c = 0; c < 12; c++) {
        R[c] = 3.0 * sin(c + 0.3);
        V[c] = 1e-3 * cos(2.0 * c);
    }
    assert_ok(dia_xyz_write(&out, PATH, &error), &error);
    assert_int_not_equal(access(PATH ".tmp", F_OK), 0);
    assert_ok(dia_xyz_read(&in, PATH, &error), &error);
    remove(PATH);
    assert_int_equal(in.nframe, 2);
    for (int c = 0; c < 12; c++) { /* 12 decimals of Angstrom, 15 of Angstrom/fs */
        assert_close(in.R[c], R[c], 0, 1e-12);
        assert_close(in.V[c], V[c], 0, 1e-16);
    }
    for (int f = 0; f < 2; f++) {
        assert_int_equal(in.state[f], states[f]);
        assert_close(in.weight[f], weight[f], 0, 0);
    }
    assert_close(in.molecule.masses[1], out.molecule.masses[1], 1e-11, 0);
    dia_xyz_free(&in);
    dia_molecule_free(&out.molecule);
    assert_int_equal(dia_xyz_write(&out, "no/such/folder.xyz", &error), DIA_ERROR_FILE);
}

/* What other programs and people write. Each is read as the first is. */
static void test_dialects(void **state)
{
    (void)state;
    static const char *const same[] = {
        "2\nwords\nC 0 0 0.5\nH 0 0 1.6\n",
        "\xef\xbb\xbf"
        "2\r\nwords\r\nC 0 0 0.5\r\nH 0 0 1.6\r\n", /* mark and line ends of Windows */
        "2\rwords\rC 0 0 0.5\rH 0 0 1.6\r",         /* of old Macintoshes */
        "2\n\nC\xc2\xa0 0\xe2\x80\x89 0 0.5\nH 0 \xe2\x88\x92"
        "0 1.6\xc2\xa0\n",
        "2\n\n6 0 0 5.0D-01\n1 0 0 1.6d0\n",
        "2\n\nC1 0 0 0.5\nH2 0 0 1.6\n",
        "2\nProperties=Z:I:1:pos:R:3\n6 0 0 0.5\n1 0 0 1.6\n",
        "2\nproperties=species:S:1:Pos:R:3:forces:R:3\nC 0 0 0.5 1 2 3\nH 0 0 1.6 1 2 3\n",
        "2\nProperties=species:S:1:pos:R:3:Z:I:1:positions:R:3\nC 0 0 0.5 6 0 0 0.5\nH 0 0 1.6 1 0 0 1.60\n",
        /* any text in a plain comment */
        "2\ntitle=[unfinished bracket\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\nname=\"unfinished\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\nstate=triplet energy=-78\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\nE= -78.04 Eh, state=S1 weight=heavy\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\nE = -78.04 Eh, molecular weight= 28, state= 2\nC 0 0 0.5\nH 0 0 1.6\n",
        /* units that say what is the case, or belong to something else */
        "2\ncoordinates in Angstrom, energy in hartree\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\nenergy in au, gradient 0.01 hartree/bohr, 300 nm, r = 1.5 bohr\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\nProperties=species:S:1:pos:R:3 energy_unit=eV force_unit=hartree/bohr\nC 0 0 0.5\nH 0 0 1.6\n",
        "2 atoms\n\nC\t0\t0\t0.5\nH\t0\t0\t1.6",
        "2 Angstrom\nwords\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\noptimized geometry, energy -78 in eV, geometry at 300 K\nC 0 0 0.5\nH 0 0 1.6\n",
        "2\na0 = 3.5, geometry in water\nC 0 0 0.5\nH 0 0 1.6\n",
        /* and those that do not */
        "2\nunits=bohr\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nUnit: Bohr\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\ncoordinates in bohr\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nminimum of S0 (bohr)\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nenergy=-3.5 units=au\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\npositions in atomic units\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nProperties=species:S:1:pos:R:3 energy=-1 pos_unit=BOHR\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nProperties=species:S:1:pos:R:3 length_unit=\"nm\"\nC 0 0 0.05\nH 0 0 0.16\n",
        "2\nenergy in hartree, geometry in pm\nC 0 0 50\nH 0 0 160\n",
        "2\nA0\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\n# bohr\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nCoordinates are in bohr.\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nUNIT=A0\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nunits=a_0\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2 bohr\n\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2 atoms (a0)\nE=-1\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2 atomic\nunits=bohr\nC 0 0 0.944863062312885\nH 0 0 3.023561799401232\n",
        "2\nNM\nC 0 0 0.05\nH 0 0 0.16\n",
        "2\ngeometry in nanometres\nC 0 0 0.05\nH 0 0 0.16\n",
        "2\nCOORDINATES (PICOMETERS)\nC 0 0 50\nH 0 0 160\n",
    };
    dia_error error = {0};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        dia_xyz xyz;
        if (read_text(same[i], &xyz, &error) != DIA_OK)
            fail_msg("text %zu: %s", i, error.text);
        if (xyz.molecule.numbers[0] != 6 || xyz.molecule.numbers[1] != 1 || xyz.state[0] != -1 || xyz.weight[0] != 1.0)
            fail_msg("text %zu is another molecule", i);
        assert_close(xyz.R[2], 0.5 * DIA_ANGSTROM, 1e-14, 0); /* 15 digits of bohr */
        assert_close(xyz.R[5], 1.6 * DIA_ANGSTROM, 1e-14, 0);
        assert_null(xyz.masses);
        dia_xyz_free(&xyz);
    }
    dia_xyz xyz; /* pairs throughout are ours, Properties or not */
    assert_ok(read_text("1\nstate=1 weight=0.5\nH 0 0 0\n", &xyz, &error), &error);
    assert_int_equal(xyz.state[0], 1);
    assert_close(xyz.weight[0], 0.5, 0, 0);
    dia_xyz_free(&xyz);
    /* a property of many columns */
    assert_ok(
        read_text(
            "1\nProperties=species:S:1:d:R:70:pos:R:3\nH 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
            "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 2\n",
            &xyz, &error),
        &error);
    assert_close(xyz.R[2], 2 * DIA_ANGSTROM, 1e-15, 0);
    dia_xyz_free(&xyz);
}

/* D and T are hydrogens that weigh more. */
static void test_isotopes(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_xyz xyz;
    assert_ok(read_text("4\n\nC 0 0 0\nD 0 0 1\n3H 0 1 0\nD1 1 0 0\n", &xyz, &error), &error);
    assert_int_equal(xyz.molecule.numbers[1], 1);
    assert_int_equal(xyz.molecule.numbers[3], 1);
    assert_close(xyz.masses[0], 0.0, 0, 0);
    assert_close(xyz.masses[1] / DIA_DALTON, 2.01410177812, 1e-12, 0); /* NIST */
    assert_close(xyz.molecule.masses[2] / DIA_DALTON, 3.0160492779, 1e-12, 0);
    assert_close(xyz.molecule.masses[0], dia_element_mass(6), 0, 0);
    dia_xyz_free(&xyz);
}

/* p = m v in the units of ASE: sqrt(u eV). 1 Angstrom/fs = 10.1805 sqrt(eV/u). */
static void test_momenta(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_xyz xyz;
    const double fs = 1.0 / 10.180505671 /* Angstrom sqrt(u/eV) */, v = DIA_ANGSTROM / DIA_FEMTOSECOND;
    assert_ok(read_text("1\nProperties=species:S:1:pos:R:3:momenta:R:3:masses:R:1\nH 0 0 0 1 -2 0 2\n", &xyz, &error),
              &error);
    assert_true(xyz.momenta);
    assert_close(xyz.V[0], 0.5 * fs * v, 1e-7, 0); /* CODATA of other years */
    assert_close(xyz.V[1], -1.0 * fs * v, 1e-7, 0);
    dia_xyz_free(&xyz);
    /* Without masses the molecule's are taken. */
    dia_molecule heavy;
    const int one = 1;
    assert_ok(dia_molecule_init(&heavy, 1, 3, &one, &error), &error);
    heavy.masses[0] = 4 * DIA_DALTON;
    write_text("1\nProperties=species:S:1:pos:R:3:momenta:R:3\nH 0 0 0 1 -2 0\n");
    assert_ok(dia_xyz_read_for(&xyz, &heavy, PATH, &error), &error);
    assert_close(xyz.V[0], 0.25 * fs * v, 1e-7, 0);
    dia_xyz_free(&xyz);
    dia_molecule_free(&heavy);
    /* Both, within their digits: the velocity is taken. p = 12 v 10.18: 0.01 -> 1.2217 */
    assert_ok(read_text("1\nProperties=species:S:1:pos:R:3:velo:R:3:momenta:R:3:masses:R:1\n"
                        "C 0 0 0 0.010000 0 0 1.2217 0 0 12\n",
                        &xyz, &error),
              &error);
    assert_close(xyz.V[0], 0.01 * v, 1e-14, 0);
    assert_false(xyz.momenta);
    dia_xyz_free(&xyz);
    assert_int_equal(read_text("1\nProperties=species:S:1:pos:R:3:velo:R:3:momenta:R:3:masses:R:1\n"
                               "C 0 0 0 0.010000 0 0 1.2319 0 0 12\n",
                               &xyz, &error),
                     DIA_ERROR_INPUT);
    if (strstr(error.text, ":3:") == NULL || strstr(error.text, "0.01 ") == NULL ||
        strstr(error.text, "0.0100838") == NULL)
        fail_msg("%s", error.text);
    /* Units of velocities, by any of their names if it is stated. */
    static const char *const same[] = {"velo:R:3 velocity_unit=Angstrom/fs\nH 0 0 0 0.1 0 0\n",
                                       "vel:R:3 vel_unit=nm/ps\nH 0 0 0 10 0 0\n",
                                       "velo:R:3 velocities in bohr/au\nH 0 0 0 0.0045710289042 0 0\n"};
    for (size_t i = 0; i < 3; i++) {
        char text[200];
        snprintf(text, sizeof text, "1\nProperties=species:S:1:pos:R:3:%s", same[i]);
        assert_ok(read_text(text, &xyz, &error), &error);
        assert_close(xyz.V[0], 0.1 * v, 1e-10, 0);
        dia_xyz_free(&xyz);
    }
    assert_ok(read_text("1\nProperties=species:S:1:pos:R:3:velocities:R:3\nH 0 0 0 10 0 0\n", &xyz, &error), &error);
    assert_null(xyz.V);
    assert_non_null(strstr(xyz.note, "no unit"));
    dia_xyz_free(&xyz);
}

/* 12 u in every way to write their unit. */
static void test_masses(void **state)
{
    (void)state;
    static const char *const same[] = {
        "masses_unit=me", "mass_units=ME",     "masses in electron_mass", "mass_unit=\"electron masses\"",
        "mass_unit=AMU",  "masses in daltons", "mass_unit=m_u",           ""};
    dia_error error = {0};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char text[200];
        dia_xyz xyz;
        snprintf(text, sizeof text, "1\nProperties=species:S:1:pos:R:3:masses:R:1 %s\nC 0 0 0 %s\n", same[i],
                 i < 4 ? "21874.661834557" : "12.0");
        if (read_text(text, &xyz, &error) != DIA_OK)
            fail_msg("text %zu: %s", i, error.text);
        assert_close(xyz.masses[0], 12 * DIA_DALTON, 1e-11, 0); /* 14 digits */
        dia_xyz_free(&xyz);
    }
}

/* A geometry in bohr that does not say so is seen by the bonds of the molecule it is meant for. */
static void test_scale(void **state)
{
    (void)state;
    static const char bohr[] = "3\n\nO 0 0 0\nH 0 1.43 1.11\nH 0 -1.43 1.11\n";
    const int numbers[] = {8, 1, 1};
    dia_error error = {0};
    dia_molecule water;
    dia_xyz xyz;
    assert_ok(dia_molecule_init(&water, 3, 3, numbers, &error), &error);
    memcpy(water.reference, (double[]){0, 0, 0, 0, 1.43, 1.11, 0, -1.43, 1.11}, 9 * sizeof(double));
    write_text(bohr);
    assert_int_equal(dia_xyz_read_for(&xyz, &water, PATH, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, "1.89 times") == NULL)
        fail_msg("%s", error.text);
    dia_error_clear(&error);
    write_text("3\npos_unit=bohr\nO 0 0 0\nH 0 1.43 1.11\nH 0 -1.43 1.11\n");
    assert_ok(dia_xyz_read_for(&xyz, &water, PATH, &error), &error);
    dia_xyz_free(&xyz);
    write_text("3\npos_unit=Angstrom\nO 0 0 0\nH 0 1.43 1.11\nH 0 -1.43 1.11\n"); /* it is meant so */
    assert_ok(dia_xyz_read_for(&xyz, &water, PATH, &error), &error);
    dia_xyz_free(&xyz);
    write_text(
        "3\n\nO 0 0 0\nH 0 2.27 1.76\nH 0 -2.27 1.76\n"); /* three times as long: no unit, but a stretched molecule */
    assert_ok(dia_xyz_read_for(&xyz, &water, PATH, &error), &error);
    dia_xyz_free(&xyz);
    remove(PATH);
    dia_molecule_free(&water);
}

/* Every mistake is an error that names its line. */
static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *says;
    } wrong[] = {
        {"", PATH, "empty"},
        {"two\n\nH 0 0 0\n", PATH ":1:", "integer"},
        {"0\n\n", PATH ":1:", "number of atoms"},
        {"2\n\nH 0 0 0\n", PATH ":3:", "end of the file"},
        {"1\n", PATH ":1:", "comment"},
        {"1\n\nQq 0 0 0\n", PATH ":3:", "no element"},
        {"1\n\nH 0 0\n", PATH ":3:", "end of the line"},
        {"1\n\nH 0 0 nan\n", PATH ":3:", "number"},
        {"1\n\nH 0 0 0x1p3\n", PATH ":3:", "0x1p3"},
        {"1\n\nH 0 0 1*^-03\n", PATH ":3:", "1*^-03"},
        {"1\n\nH 0 0 0 5\n", PATH ":3:", "Properties=species:S:1:pos:R:3"},
        {"1\nProperties=species:S:1\nH\n", PATH ":2:", "pos:R:3"},
        {"1\nProperties=species:S:1:pos:R\nH 0 0 0\n", PATH ":2:", "name:type:columns"},
        {"1\nProperties=species:S:1:pos:R:2\nH 0 0\n", PATH ":2:", "pos:R:3"},
#define P "Properties=species:S:1:pos:R:3"
        {"1\n" P " note=\"open\nH 0 0 0\n", PATH ":2:", "does not end"},
        {"1\n" P " state=one\nH 0 0 0\n", PATH ":2:", "state: 'one' is not an integer"},
        {"1\n" P " state=-1\nH 0 0 0\n", PATH ":2:", "state: -1 is out of range, expected 0 to"},
        {"1\n" P " state=1e1\nH 0 0 0\n", PATH ":2:", "state"},
        {"1\n" P " state=4294967296\nH 0 0 0\n", PATH ":2:", "state"},
        {"1\n" P " state=1 state=2\nH 0 0 0\n", PATH ":2:", "twice: 1 and 2"},
        {"1\n" P " weight=-1\nH 0 0 0\n", PATH ":2:", "weight"},
        {"1\n" P " weight=nan\nH 0 0 0\n", PATH ":2:", "weight"},
        {"1\n" P ":x:R:9223372036854775807\nH 0 0 0\n", PATH ":2:", "expected 1 to 1000000"},
        {"1\n" P ":x:R:4294967297\nH 0 0 0\n", PATH ":2:", "expected 1 to 1000000"},
        {"1\n" P ":x:R:-1\nH 0 0 0\n", PATH ":2:", "expected 1 to 1000000"},
        {"1\n" P ":x:R:2\nH 0 0 0 1\n", PATH ":3:", "fewer columns"},
        {"1\nProperties=pos:R:3\n0 0 0\n", PATH ":2:", "species:S:1 or Z:I:1"},
        {"9223372036854775808\n\nH 0 0 0\n", PATH ":1:", "expected 1 to"},
        {"1\n" P ":Z:I:1\nH 0 0 0 6\n", PATH ":3:", "the symbol says H, the atomic number C"},
        {"1\n" P ":positions:R:3\nH 0 0 0.500 0 0 0.600\n", PATH ":3:", "0.5 and 0.6"},
        {"1\n" P ":masses:R:1\nD 0 0 0 1.008\n", PATH ":3:", "2.0141 u, the column of masses 1.008 u"},
        {"1\n" P ":masses:R:1\nO 0 0 0 29156.9\n", PATH ":3:", "electron masses"},
        {"1\n\nBq 0 0 0\n", PATH ":3:", "dummy atom"},
        {"1\n\nCA1 0 0 0\n", PATH ":3:", "may mean C or Ca"},
        {"1\n\n87 0 0 0\n", PATH ":3:", "expected 1 to 86"},
        {"2\n\nH 0 0 0\nH 0 0 1\nH 0 0 2\n", PATH ":5:", "the frames before have 2 atoms"},
        {"2\n\nH 0 0 0\n2\n\nH 0 0 0\nH 0 0 0\n", PATH ":4:", "expected 2 atoms"},
        {"1\nunits=furlong\nH 0 0 0\n", PATH ":2:", "furlong"},
        {"1\n" P " pos_unit=parsec\nH 0 0 0\n", PATH ":2:", "parsec"},
        {"1 furlong\n\nH 0 0 0\n", PATH ":1:", "'furlong' is no unit"},
        {"1 bohr\ncoordinates in Angstrom\nH 0 0 0\n", PATH ":2:", "another unit"},
        {"1\ncoordinates in furlongs\nH 0 0 0\n", PATH ":2:", "furlongs"},
        {"1\npositions (eV)\nH 0 0 0\n", PATH ":2:", "eV"},
        {"1\ngeometry in cm\nH 0 0 0\n", PATH ":2:", "cm"},
        {"1\n\n@C 0 0 0\n", PATH ":3:", "dummy atom"},
        {"1\n\nC-Bq 0 0 0\n", PATH ":3:", "dummy atom"},
        {"1\n\nC:ghost 0 0 0\n", PATH ":3:", "dummy atom"},
        {"1\nas Bohr said\nH 0 0 0\n", PATH ":2:", "not clear"},
        {"1\nunits=bohr, coordinates in Angstrom\nH 0 0 0\n", PATH ":2:", "two units"},
        {"1\n" P ":velo:R:3 units=bohr\nH 0 0 0 0 0 0\n", PATH ":2:", "velocity_unit"},
        {"1\n" P ":velo:R:3 velocity_unit=furlong/fs\nH 0 0 0 0 0 0\n", PATH ":2:", "furlong"},
        {"1\n" P ":momenta:R:3 momenta_unit=au\nH 0 0 0 0 0 0\n", PATH ":2:", "sqrt(u eV)"},
        {"1\nin bohr\nH 0 0 0\n1\n\nH 0 0 0\n", PATH ":5:", "all must, or none"},
        {"1\nProperties=species:S:1:pos:R:3:masses:R:1\nH 0 0 0 -1\n", PATH ":3:", "positive"},
        {"1\n\nX 0 0 0\n", PATH ":3:", "mass"},
        {"1\n\nH 0 0 0\n2\n\nH 0 0 0\nH 0 0 0\n", PATH ":4:", "first frame"},
        {"1\n\nH 0 0 0\n1\n\nHe 0 0 0\n", PATH ":6:", "first frame"},
        {"1\n\nH 0 0 0\n1\nProperties=species:S:1:pos:R:3:velo:R:3\nH 0 0 0 0 0 0\n", PATH ":5:", "all frames"},
    };
    dia_error error = {0};
    dia_xyz xyz;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (read_text(wrong[i].text, &xyz, &error) != DIA_ERROR_INPUT)
            fail_msg("case %zu is read, or another error: %s", i, error.text);
        if (strstr(error.text, wrong[i].line) == NULL || strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should name '%s' and '%s'", i, error.text, wrong[i].line, wrong[i].says);
        assert_null(xyz.R);
    }
    dia_error_clear(&error);
    assert_int_equal(dia_xyz_read(&xyz, "no_such_file.xyz", &error), DIA_ERROR_FILE);
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    fwrite("1\n\0\n", 1, 4, file);
    fclose(file);
    dia_error_clear(&error);
    assert_int_equal(dia_xyz_read(&xyz, PATH, &error), DIA_ERROR_FILE);
    remove(PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),    cmocka_unit_test(test_extended), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_dialects), cmocka_unit_test(test_isotopes), cmocka_unit_test(test_momenta),
        cmocka_unit_test(test_masses),   cmocka_unit_test(test_scale),    cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
